"""Readers for the formats in responses: images, audio, subtitles, vectors, forms."""
