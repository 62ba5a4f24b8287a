"""The bank's pure parts."""
