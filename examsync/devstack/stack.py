"""Both servers at once, or those already there. Used by the demo, the commands and the tests."""

import os
import shutil
from pathlib import Path
from typing import Self

from examsync.devstack import identity
from examsync.devstack.postgres import Postgres
from examsync.devstack.process import is_held
from examsync.devstack.valkey import Valkey


class Stack:
    """A Valkey and a Postgres under `data_dir`; a server named by a variable is used instead.

    `EXAMSYNC_REDIS_URL` and `EXAMSYNC_DATABASE_URL` each stand in for one of them; then `valkey`
    or `postgres` is None, and nothing is started, stopped or deleted there.
    """

    def __init__(self, data_dir: Path | str, *, fsync: bool = True) -> None:
        """`fsync=False` lets Postgres lose data in a power cut: for tests that claim nothing."""
        self.data_dir = Path(data_dir).resolve()
        self._given_redis = os.environ.get("EXAMSYNC_REDIS_URL")
        self._given_database = os.environ.get("EXAMSYNC_DATABASE_URL")
        self.valkey = None if self._given_redis else Valkey(self.data_dir / "valkey")
        self.postgres = (
            None if self._given_database else Postgres(self.data_dir / "postgres", fsync=fsync)
        )

    def start(self) -> Self:
        """Start what is ours; on any failure, leave nothing running. Raises StackError."""
        try:
            for server in (self.valkey, self.postgres):
                if server is not None:
                    server.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop what is ours; the data stay."""
        for server in (self.postgres, self.valkey):
            if server is not None:
                server.stop()

    @property
    def redis_url(self) -> str:
        """Where Redis is."""
        return self._given_redis or (self.valkey.url if self.valkey else "")

    @property
    def database_url(self) -> str:
        """Where Postgres is."""
        return self._given_database or (self.postgres.url if self.postgres else "")

    def remove(self) -> None:
        """Stop, and delete the data."""
        for server in (self.postgres, self.valkey):
            if server is not None:
                server.remove()
        shutil.rmtree(self.data_dir, ignore_errors=True)

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()


def remove_data(data_dir: Path | str) -> None:
    """Delete a stopped stack's data, also those that had to lie elsewhere (`identity.moved`)."""
    for name in ("postgres", "valkey"):
        identity.forget_moved(Path(data_dir, name, "data"))
    shutil.rmtree(data_dir, ignore_errors=True)


def running_under(folder: Path) -> Path | None:
    """A data directory on which a server runs, of the stacks of tools (`demo/servers`, ...)."""
    locks = sorted(folder.glob("**/servers/*/lock"))
    return next((each.parent for each in locks if is_held(each.parent)), None)


def remove_under(folder: Path) -> None:
    """Delete the data of the stopped stacks of tools."""
    for stack in list(folder.glob("**/servers")):
        remove_data(stack)
