"""Plans: which cases are sent, in which order."""
