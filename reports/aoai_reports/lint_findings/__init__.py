"""The findings of `specs lint` in its formats."""
