"""What the emulator remembers between requests."""
