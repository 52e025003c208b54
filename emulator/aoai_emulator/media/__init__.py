"""Images and sound: written and read."""
