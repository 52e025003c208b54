"""Readers of audio containers: each finds the duration of a file, and rejects a damaged one.

Every reader takes the whole file as bytes and returns a `Sound`, or raises `UnreadableAudioError`. None
decodes samples, allocates by a number in the file, or reads more than a bounded number of pieces.
"""
