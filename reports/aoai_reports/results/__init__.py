"""What a record comes to: findings, account of points, verdict."""
