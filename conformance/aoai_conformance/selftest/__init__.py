"""The selftest: which fault of the emulator trips which rule."""
