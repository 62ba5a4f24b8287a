"""What every test of the simulation has."""

from collections.abc import Iterator

import pytest
import structlog

from tests.simulation.hunt import quiet_logs


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Logging is global: tests that come after these look at what is logged."""
    before = structlog.get_config()
    quiet_logs()
    yield
    structlog.configure(**before)
