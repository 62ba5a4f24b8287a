"""Rules of attempts, tested without storage."""
