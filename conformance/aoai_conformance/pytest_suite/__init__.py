"""What the pytest plugin does once it is told what to test."""
