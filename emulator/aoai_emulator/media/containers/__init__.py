"""Readers of audio containers: each finds how long the sound in a file lasts, and refuses a damaged one.

Every reader takes the whole file as bytes and returns a `Sound`, or raises `UnreadableAudioError`. None of
them decodes samples; none builds anything whose size a number in the file decides; each looks at a bounded
count of pieces.
"""
