"""A comparison of two API descriptions as a guide for client developers."""

from aoai_reports.spec_changes.guide.page import render

__all__ = ["render"]
