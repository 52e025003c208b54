"""Schemas: translation, validation, shapes and constraints."""
