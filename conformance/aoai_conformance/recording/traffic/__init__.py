"""Traffic that other tools recorded, as exchanges."""
