"""A static site over many runs: a scoreboard with the report and the badge of each."""
