"""The chunks of a stream as one body."""
