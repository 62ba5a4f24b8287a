"""The level of the protocol: one integer, raised when the wire gains something.

Clients name the level they speak at connect; every field notes the level it came with; unknown
fields are ignored on both sides, so a level is information, never a reason to refuse a newer one.
"""

LEVEL = 1
"""The level this code speaks. Level 1 is the first that was published."""

LEVEL_OLDEST = 1
"""Clients below this level are refused with `level_too_old`."""
