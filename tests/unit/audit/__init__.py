"""Tests of what is proven of an exam."""
