"""Rules about the model inference surface."""
