"""Rules about resources of any kind: lists, times, and what follows from creating and deleting them."""
