"""What two API descriptions say about the behaviour that two runs recorded."""
