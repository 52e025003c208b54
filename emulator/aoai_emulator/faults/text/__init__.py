"""Faults of chats, completions and embeddings."""
