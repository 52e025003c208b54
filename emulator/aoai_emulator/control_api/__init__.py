"""The control API under `/_emulator/`: what can be changed while the emulator runs, as JSON over HTTP."""
