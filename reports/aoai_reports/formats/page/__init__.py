"""The data of report.html: typed, bounded, and escaped for display, from a summary and a record."""
