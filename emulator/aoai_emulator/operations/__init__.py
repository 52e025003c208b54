"""The operations that the emulator serves."""
