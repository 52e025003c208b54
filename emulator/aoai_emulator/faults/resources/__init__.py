"""Faults of files, uploads, batches, jobs and lists."""
