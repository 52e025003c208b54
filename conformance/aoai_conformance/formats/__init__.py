"""Readers for the formats that responses carry: images, audio, subtitles, vectors, forms."""
