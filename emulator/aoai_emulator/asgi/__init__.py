"""Between the server and the emulator: protocols, arriving requests, and replies as they are sent."""
