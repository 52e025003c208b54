"""Rules about streamed responses."""
