"""The target of a run: its address, layout, deployments and credentials, or an emulator of our own."""
