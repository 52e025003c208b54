"""Faults of images, transcripts and speech."""
