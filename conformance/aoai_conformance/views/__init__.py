"""Views: what a rule can look at."""
