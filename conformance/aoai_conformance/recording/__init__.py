"""Exchanges as lines of a record, and recorded traffic as exchanges."""
