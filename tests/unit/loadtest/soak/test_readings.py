"""What must come back after a soak, and what is only told."""

from msgspec import structs

from loadtest.soak import readings
from loadtest.soak.readings import HELD, Reading

QUIET = Reading(dict.fromkeys(HELD, 0) | {"subjects": 5}, 50, 60, 100 << 20, 10, 20, 9, 8)
BUSY = Reading(dict.fromkeys(HELD, 900) | {"subjects": 950}, 4_000, 1_070, 150 << 20, 800, 60, 9, 9)


def broken(end: Reading, attempts: int = 0, exams: int = 2) -> list[str]:
    rows = readings.lines(QUIET, BUSY, end, attempts, exams)
    return [line.what for line in rows if not line.back]


def test_a_server_that_is_as_it_was_has_come_back() -> None:
    assert broken(QUIET, attempts=10) == []


def test_one_that_keeps_a_single_connection_has_not() -> None:
    for kind in HELD:
        kept = structs.replace(QUIET, held=QUIET.held | {kind: 1})
        assert broken(kept, attempts=10) == [kind]


def test_subjects_whose_rates_are_remembered_may_stay() -> None:
    assert broken(structs.replace(QUIET, held=QUIET.held | {"subjects": 50_000}), 10) == []


def test_tasks_descriptors_and_lines_to_the_machines_may_breathe_and_no_more() -> None:
    for name in ("tasks", "descriptors", "redis_clients", "postgres"):
        little = structs.replace(QUIET, **{name: getattr(QUIET, name) + readings.TASKS_MORE})
        much = structs.replace(QUIET, **{name: getattr(QUIET, name) + 50})
        assert (broken(little, 10), broken(much, 10)) == ([], [name])


def test_memory_may_stay_a_tenth_higher() -> None:
    assert broken(structs.replace(QUIET, memory_bytes=120 << 20), 10) == []
    assert broken(structs.replace(QUIET, memory_bytes=130 << 20), 10) == ["memory_bytes"]


def test_in_redis_there_may_be_every_attempt_that_was_made_and_little_else() -> None:
    assert broken(structs.replace(QUIET, redis_attempts=900), attempts=900) == []
    assert broken(structs.replace(QUIET, redis_attempts=901), attempts=900) == ["redis_attempts"]
    others = structs.replace(QUIET, redis_others=90)
    assert broken(others, attempts=900) == ["redis_others"]
    assert broken(others, attempts=900, exams=20) == []


def test_the_peak_is_the_most_of_everything() -> None:
    assert readings.highest([QUIET, BUSY]) == structs.replace(BUSY)


def test_the_servers_counts_are_read_by_kind() -> None:
    page = {'examsync_held{kind="wires"}': 3.0, 'examsync_held{kind="subjects"}': 7.0}
    found = readings.held(page)
    assert (found["wires"], found["subjects"], found["rooms"]) == (3, 7, 0)


def test_the_table_names_what_did_not_come_back() -> None:
    kept = structs.replace(QUIET, held=QUIET.held | {"rooms": 2}, memory_bytes=110 << 20)
    shown = readings.table(readings.lines(QUIET, BUSY, kept, 10, 1)).splitlines()
    assert [line.split()[0] for line in shown if line.endswith("BACK")] == ["rooms"]
    memory = next(line for line in shown if line.startswith("memory"))
    assert memory.split() == ["memory", "MB", "100", "150", "110", "126"]
