"""Which requests a fault, a fixture or an assertion concerns."""
