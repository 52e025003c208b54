"""The results of many targets: one file for each, merged into one summary, one page and one exit code."""
