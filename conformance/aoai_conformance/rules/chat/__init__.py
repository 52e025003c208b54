"""Rules about chat completions."""
