"""The pure parts of events and webhooks."""
