"""What a reviewer does with changes: group, filter and rate them, and check policies."""
