"""Marks for responses. Pure throughout: no service, no store, no clock."""
