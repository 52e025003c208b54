"""The HTTP side of the emulator: routing, bodies, replies."""
