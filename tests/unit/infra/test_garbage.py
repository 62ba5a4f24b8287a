"""The cycle collector of a server."""

import gc
from collections.abc import Iterator

import pytest

from examsync.infra import garbage


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """This process is no server: it gets its collector back."""
    thresholds = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*thresholds)


def test_what_is_there_at_the_start_is_not_looked_through_again() -> None:
    held: list[list[int]] = [[] for _ in range(1_000)]
    frozen = gc.get_freeze_count()
    garbage.settle()
    assert gc.get_freeze_count() >= frozen + len(held)
    assert gc.get_threshold() == (garbage.YOUNG_MAX, garbage.MIDDLE, garbage.OLD_NEVER)


def test_what_comes_after_is_still_collected() -> None:
    class Loop:
        """Refers to itself."""

    garbage.settle()
    each = Loop()
    each.__dict__["me"] = each
    del each
    assert gc.collect() >= 1


def test_the_old_are_looked_through_when_it_is_asked_for_and_not_by_themselves() -> None:
    looks: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        looks.append(info["generation"])

    garbage.settle()
    gc.callbacks.append(note)
    try:
        kept = [[n] for n in range(5 * garbage.YOUNG_MAX)]
        assert looks
        assert 2 not in looks
        garbage.collect()
        assert looks[-1] == 2
    finally:
        gc.callbacks.remove(note)
    assert len(kept) == 5 * garbage.YOUNG_MAX
