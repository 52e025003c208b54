"""A server that speaks the described APIs from built-in, deterministic content."""
