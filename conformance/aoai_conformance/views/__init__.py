"""Views: the parts of an exchange that rules examine."""
