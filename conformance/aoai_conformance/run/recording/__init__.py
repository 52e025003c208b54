"""Recording traffic: of the recording proxy, and of what the emulator passes on."""
