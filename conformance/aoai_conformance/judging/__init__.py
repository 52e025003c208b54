"""Judging: what each rule says of an exchange. Pure: no I/O."""
