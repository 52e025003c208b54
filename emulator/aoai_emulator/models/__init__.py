"""Models and deployments: what each accepts and rejects."""
