"""A real browser on the real pages: what only shows there."""
