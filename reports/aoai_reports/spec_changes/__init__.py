"""What differs between two API descriptions, in every form in which it is read."""
