"""One module for each revision; released revisions never change."""
