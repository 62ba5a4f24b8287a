"""The promise under faults: seeds that hold with every guard on, and fail with one of them off.

More of the same: `./dev simulate --seeds 2000`, `--heavy`, `--mutant NAME`.
"""

import pytest

from tests.simulation import mutants
from tests.simulation.world import Result, run_seed

pytestmark = pytest.mark.simulation

CHUNK = 50
CHUNKS = 8
HEAVY_CHUNKS = 4
SEARCHED_MAX = 400
"""Heavy seeds in which a missing guard must show; most show within ten."""

GUARDS = {
    "finish_before_commit": "commit before acknowledge",
    "any_order": "chain order into Postgres",
    "no_head_compare": "the head is compared",
    "no_replay": "clients replay on a new epoch",
    "receipts_ignored": "receipts pass lease, deadline and state",
    "receipts_dropped": "clients keep their receipts",
    "no_handshake": "every connection reads run_id and epoch first",
    "dropped_when_acked": "the outbox keeps what is not durable",
}
FAULTS = (
    "redis_restart",
    "redis_rollback",
    "redis_wipe",
    "redis_flushall",
    "redis_failover",
    "redis_freeze",
    "redis_full",
    "postgres_outage",
    "postgres_doubt",
    "worker_crash",
    "background_crash",
    "device_crash",
    "redis reply lost",
    "commit in doubt",
    "take over on purpose",
)


def run(first: int, *, heavy: bool) -> list[Result]:
    """A chunk of seeds."""
    return [run_seed(seed, heavy=heavy) for seed in range(first, first + CHUNK)]


@pytest.mark.parametrize("first", range(0, CHUNK * CHUNKS, CHUNK))
def test_what_was_acked_is_kept_whatever_happens(first: int) -> None:
    assert {r.seed: r.violation for r in run(first, heavy=False) if r.violation} == {}


@pytest.mark.parametrize("first", range(0, CHUNK * HEAVY_CHUNKS, CHUNK))
def test_it_is_kept_when_much_happens_at_once(first: int) -> None:
    results = run(first, heavy=True)
    assert {r.seed: r.violation for r in results if r.violation} == {}


def test_every_kind_of_fault_has_happened() -> None:
    seen: set[str] = set()
    for first in range(0, CHUNK * HEAVY_CHUNKS, CHUNK):
        for result in run(first, heavy=False) + run(first, heavy=True):
            seen |= result.seen.keys()
    assert set(FAULTS) <= seen


@pytest.mark.parametrize("mutant", GUARDS)
def test_a_missing_guard_is_noticed(mutant: str) -> None:
    with mutants.applied(mutant):
        found = (run_seed(seed, heavy=True).violation for seed in range(SEARCHED_MAX))
        assert any(found), f"nobody missed: {GUARDS[mutant]}"
