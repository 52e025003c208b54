"""Faults of the v1 surface: responses, their streams and items, what is stored, and vector stores."""
