"""Rules about HTTP, addresses, errors and schemas, for any operation."""
