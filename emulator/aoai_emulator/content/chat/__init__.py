"""What a chat responds: conversations, choices, streams and log probabilities."""
