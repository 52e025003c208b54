"""Explanations: why clients need a rule, and an exchange of each kind, as data of the package."""
