"""Rules about files and uploads."""
