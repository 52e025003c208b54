"""The types that planning, sending, judging and reporting share: cases, exchanges and verdicts."""
