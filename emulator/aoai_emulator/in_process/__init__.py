"""The emulator inside another program, such as a test: as an ASGI application, or served by a thread."""
