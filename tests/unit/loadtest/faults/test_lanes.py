"""How rows are planned: every turn of a repetition has its own seed, every task its own number."""

from loadtest.faults.lanes import tasks
from loadtest.faults.rows import chosen


def test_each_turn_has_the_next_seed_and_each_task_its_number() -> None:
    rows = chosen("redis-killed,flood", short=False)
    planned = [(number, row.name, seed) for number, row, seed in tasks(rows, 7, 2)]
    assert planned == [
        (1, "redis killed", 7),
        (2, "flood", 7),
        (3, "redis killed", 8),
        (4, "flood", 8),
    ]
