"""What doubts the rest: unit (pure), services, stores and edge (real servers), simulation."""
