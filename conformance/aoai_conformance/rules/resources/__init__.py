"""Rules about resources of any kind: lists, times, creation and deletion."""
