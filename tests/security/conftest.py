"""Houses and clients for the tests of this folder."""

from tests.edge.rooms_to_let import enter, house, let, open_raw, pytest_generate_tests, way

__all__ = ["enter", "house", "let", "open_raw", "pytest_generate_tests", "way"]
