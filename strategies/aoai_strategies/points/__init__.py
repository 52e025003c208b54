"""Points: the values worth sending for each constraint."""
