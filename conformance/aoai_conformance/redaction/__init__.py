"""Remove secrets from everything that is stored."""
