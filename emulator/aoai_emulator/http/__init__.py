"""The HTTP side of the emulator: requests, bodies, replies, rejections."""
