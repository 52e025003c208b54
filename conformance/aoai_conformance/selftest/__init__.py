"""The self-test: which fault of the emulator trips which rule."""
