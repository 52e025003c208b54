"""Rules about speech and transcripts."""
