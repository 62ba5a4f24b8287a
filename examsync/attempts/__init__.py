"""The heart: one candidate sitting one exam once."""
