"""What a process may hold after a row, and what it may not."""

import pytest

from loadtest.faults.idle import DESCRIPTORS_MORE_MAX, TASKS_MORE_MAX, Idle, kept

BEFORE = Idle(tasks=27, connections=0, descriptors=40, rss_bytes=96 << 20)


def after(**changes: int) -> Idle:
    more = {"tasks": 27, "connections": 0, "descriptors": 40, "rss_bytes": 96 << 20} | changes
    return Idle(**more)


def test_who_holds_what_it_held_is_idle_again() -> None:
    assert kept(BEFORE, after(), 24) == []
    warm = after(tasks=27 + TASKS_MORE_MAX, descriptors=40 + DESCRIPTORS_MORE_MAX)
    assert kept(BEFORE, warm, 24) == []


def test_less_than_before_is_no_fault() -> None:
    assert kept(BEFORE, after(tasks=3, descriptors=9, rss_bytes=1 << 20), 24) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"tasks": 51}, "24 tasks run on, at most 8 may"),
        ({"connections": 1}, "1 connections are still counted, at most 0 may"),
        ({"descriptors": 80}, "40 descriptors stay open"),
        ({"rss_bytes": 130 << 20}, "34 MiB of memory are held, at most 25 may"),
    ],
)
def test_one_more_for_every_candidate_is_a_leak(changes: dict[str, int], says: str) -> None:
    (fault,) = kept(BEFORE, after(**changes), 24)
    assert fault.startswith(says)


def test_a_crowd_leaves_more_memory_behind() -> None:
    held = after(rss_bytes=(96 + 60) << 20)
    assert kept(BEFORE, held, 24)
    assert kept(BEFORE, held, 800) == []
