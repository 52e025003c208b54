"""Judging: the verdict of each rule on an exchange. Pure: no I/O."""
