"""A run, from what a user chose to a folder with its record and reports."""
