"""Rules about batches."""
