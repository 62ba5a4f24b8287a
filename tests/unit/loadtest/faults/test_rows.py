"""Which rows a run takes, and that each can be told from the others."""

import pytest

from loadtest.faults.rows import ROWS, NoSuchRow, chosen, listing

THE_TABLE = {
    "client killed around send and ack": "clients-killed",
    "worker killed": "workers-killed",
    "worker killed at commit": "worker-killed-at-commit",
    "server killed": "server-killed",
    "killed with a write under way": "server-killed-at-save",
    "SIGTERM under load": "server-drained",
    "Redis killed": "redis-killed",
    "nobody there to send again": "redis-killed-and-nobody-back",
    "Redis away": "redis-away",
    "Redis stopped": "redis-frozen",
    "black hole": "redis-black-hole",
    "reply dropped": "redis-replies-dropped",
    "FLUSHALL": "redis-flushed",
    "failover to a lagging replica": "redis-failover-with-lag",
    "partition": "two-primaries",
    "full": "redis-full",
    "READONLY": "redis-read-only",
    "LOADING": "redis-loading",
    "MISCONF": "redis-misconf",
    "Postgres down": "postgres-away",
    "slow": "postgres-slow",
    "deadlock": "postgres-locked",
    "killed at commit": "postgres-killed-at-commit",
    "a paused flusher": "worker-frozen-at-commit",
    "clock skew": "clocks-five-minutes-off",
    "killed at the deadline": "killed-at-the-deadline",
    "killed at each step of a flush": "worker-killed-at-every-step",
    "an orderly failover": "redis-failover-in-step",
    "Redis rolled back": "redis-rolled-back",
    "take-overs at the same moment": "take-overs-at-once",
    "take-overs that are not allowed": "take-overs-refused",
    "take-overs that wait for approval": "take-overs-on-approval",
    "a connect storm": "connect-storm",
    "a flooding client": "flood",
    "rolling deploy": "rolling-restart",
    "news lost": "news-lost",
    "stuck examiner": "slow-reader",
}
"""Every row of the table of faults that this drill stands for, by what it strikes."""


def test_every_fault_of_the_table_has_its_row() -> None:
    assert set(THE_TABLE.values()) <= ROWS.keys()


def test_only_takes_those_that_are_named_in_that_order() -> None:
    names = [row.name for row in chosen("redis-killed, server-killed", short=True)]
    assert names == ["redis killed", "server killed"]
    with pytest.raises(NoSuchRow, match="redis-healthy"):
        chosen("redis-healthy,server-killed", short=False)


def test_the_short_selection_is_a_part_of_all() -> None:
    short, every = chosen("", short=True), chosen("", short=False)
    assert len(every) == len(ROWS)
    assert 0 < len(short) < len(every) / 2
    assert all(row.short for row in short)


def test_the_list_names_every_row_with_what_it_does() -> None:
    lines = listing().splitlines()
    assert len(lines) == len(ROWS)
    assert all(row.says in line for row, line in zip(ROWS.values(), lines, strict=True))
    assert sum(line.startswith("*") for line in lines) == len(chosen("", short=True))


@pytest.mark.parametrize("name", ROWS)
def test_no_name_would_be_taken_for_two(name: str) -> None:
    assert "," not in name
    assert " " not in name
