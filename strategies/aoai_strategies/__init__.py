"""Points, cases and plans: which requests are worth sending, as pure data."""
