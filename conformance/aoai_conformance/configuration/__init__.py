"""The configuration file: named targets with the options of `run`, read, checked, described and written."""
