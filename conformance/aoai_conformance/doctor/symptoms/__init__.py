"""Symptoms of targets that cannot be used, each a row with its sentence and its remedy."""
