"""Checks against the document: declared fields, extra parameters and the schema."""
