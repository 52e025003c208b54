"""Images and audio: reading and writing."""
