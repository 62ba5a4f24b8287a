"""Stores on real servers."""
