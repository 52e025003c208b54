"""Building requests: base requests, edits, media, placeholders."""
