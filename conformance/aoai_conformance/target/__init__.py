"""The target of a run: its address, layout, deployments and credentials, or the built-in emulator."""
