"""The HTTP API: health, sign-in, administration, acts and exports."""
