"""Formats of a run that programs read: HAR, SARIF, causes, events, badges, commands to CI runners."""
