"""What the emulator stores between requests."""
