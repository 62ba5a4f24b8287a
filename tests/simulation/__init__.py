"""The seeded simulation: the real rules, services and client core in a world that fails."""
