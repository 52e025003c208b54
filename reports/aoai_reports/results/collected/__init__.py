"""What is collected from the lines of a record, see `aoai_reports.record.collecting`."""
