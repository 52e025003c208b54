"""Rules about embeddings."""
