"""Rules about text completions."""
