"""The pure parts of results."""
