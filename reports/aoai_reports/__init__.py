"""The record of a run and everything that is written from it."""
