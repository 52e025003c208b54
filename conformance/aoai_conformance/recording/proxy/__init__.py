"""A reverse proxy that records and judges the traffic that passes through it."""
