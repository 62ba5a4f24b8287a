"""Signals: what a client noticed that an examiner may want to look into."""
