"""Grading, which is pure throughout."""
