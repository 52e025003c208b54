"""The exchange stage: sends requests and receives responses."""
