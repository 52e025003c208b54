"""What several commands print, and how."""
