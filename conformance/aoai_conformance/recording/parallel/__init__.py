"""Judging recorded exchanges in batches, in this process or in several: the result is the same."""
