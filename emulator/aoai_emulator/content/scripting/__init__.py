"""Scripted responses: cues such as `[emulate: say Hello.]`, and what a request forbids to say."""
