"""Rules of exams, tested without storage."""
