"""Many targets, or much recorded traffic, on the workers of a Dask cluster."""
