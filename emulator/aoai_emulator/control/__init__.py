"""What changes while an emulator runs: failures on demand, limits, latency, the clock and the journal."""
