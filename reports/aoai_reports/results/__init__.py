"""Results derived from a record: findings, points, tallies and the verdict."""
