"""A run, from the user's choices to a folder with its record and reports."""
