"""What is read of Redis to see a close."""

from examsync.infra import keys
from loadtest.bench.house import PARTITIONS
from loadtest.bench.reach.closing import due_of


def test_the_keys_are_the_servers_own() -> None:
    assert [due_of(p) for p in range(PARTITIONS)] == [keys.due(p) for p in range(PARTITIONS)]
