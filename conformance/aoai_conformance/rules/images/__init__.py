"""Rules about generated images."""
