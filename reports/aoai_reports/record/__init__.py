"""The record of a run: its lines, reader and writer."""
