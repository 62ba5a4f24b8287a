"""What people of another exam felt."""

from msgspec import structs

from loadtest.bench.reach.others import Felt, p99_ms
from tests.unit.loadtest.bench.windows import window


def felt(p99_us: int, ended_at: float = 0.0) -> Felt:
    found = window("open")
    return Felt(
        structs.replace(found, latency=structs.replace(found.latency, p99_us=p99_us)), ended_at
    )


def test_the_worst_window_counts() -> None:
    assert p99_ms([felt(2_000), felt(90_000), felt(3_000)]) == 90.0
    assert p99_ms([]) == 0.0
