"""Valkey and Postgres for drills: a process that makes, kills, freezes, empties them on demand.

Nothing of `examsync` is imported here: its devstack runs in the child, which ends with us and
deletes all data it made.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import redis

PROGRAM = """
import json, sys
from examsync.devstack import Postgres, StackError, Valkey
KINDS = {"valkey": Valkey, "postgres": Postgres}
servers = {}

def do(name, act, kind="", directory="", settings=None, port=0):
    if act == "make":
        servers[name] = KINDS[kind](directory, settings=settings or {}, port=port)
    else:
        getattr(servers[name], act)()
    server = servers[name]
    url = server.url if server.running() else ""
    return {"url": url, "port": server.port, "pid": server.pid if server.running() else 0}

try:
    for line in sys.stdin:
        try:
            said = do(**json.loads(line))
        except StackError as error:
            said = {"error": str(error)}
        print(json.dumps(said), flush=True)
finally:
    for server in servers.values():
        server.remove()
"""
ASK_WITHIN_S = 90.0
"""A Postgres that recovers from a kill on a slow disk takes a while; devstack gives it 60 s."""

COMMAND_WITHIN_S = 10.0


class StorageFailed(Exception):
    """A storage server could not be started or steered: what it said."""


class Storage:
    """All storage servers of a drill. `async with` starts and ends it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._child: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> "Storage":
        """Start the child; no server runs yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "storage.log").open("ab") as log:
            self._child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", PROGRAM),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        """End all servers and delete their data."""
        assert self._child is not None
        assert self._child.stdin is not None
        self._child.stdin.close()
        try:
            await asyncio.wait_for(self._child.wait(), ASK_WITHIN_S)
        except TimeoutError:
            self._child.kill()
            await self._child.wait()

    async def valkey(
        self, name: str, settings: dict[str, str] | None = None, password: str = ""
    ) -> "Server":
        """A started Valkey; `settings` are lines of its configuration. By default it makes a
        password of its own; one that is to stand in for another needs the other's."""
        if password:
            folder = self.folder / name
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "secret").write_text(password)  # where devstack keeps it
        return await self._made(name, "valkey", settings or {})

    async def postgres(self, name: str, settings: dict[str, str] | None = None) -> "Server":
        """A started Postgres, safe in crashes."""
        return await self._made(name, "postgres", settings or {})

    async def _made(self, name: str, kind: str, settings: dict[str, str]) -> "Server":
        server = Server(self, name, kind, settings)
        await server.make()
        await server.do("start")
        return server

    async def ask(self, **asked: Any) -> dict[str, Any]:
        """One order to the child, and its reply. Raises StorageFailed."""
        child = self._child
        assert child is not None
        assert child.stdin is not None
        assert child.stdout is not None
        async with self._turn:
            child.stdin.write(json.dumps(asked).encode() + b"\n")
            await child.stdin.drain()
            line = await asyncio.wait_for(child.stdout.readline(), ASK_WITHIN_S)
        said: dict[str, Any] = json.loads(line) if line else {"error": "see storage.log"}
        if "error" in said:
            raise StorageFailed(f"{asked['name']}, {asked['act']}: {said['error']}")
        return said


class Server:
    """One storage server. `do` is told start, stop, kill, pause, resume, wipe, restart, remove."""

    def __init__(
        self, storage: Storage, name: str, kind: str, settings: dict[str, str], port: int = 0
    ) -> None:
        self.name = name
        self.settings = settings
        self.url = ""
        self.port = port
        self.pid = 0
        self._storage = storage
        self._kind = kind

    async def make(self) -> None:
        """Have it, with its present settings; what runs under this name must be stopped before."""
        directory = str((self._storage.folder / self.name).resolve())
        more = {"kind": self._kind, "directory": directory, "settings": self.settings}
        await self._storage.ask(name=self.name, act="make", port=self.port, **more)

    async def do(self, act: str) -> None:
        """Carry it out, and wait for it. Raises StorageFailed."""
        said = await self._storage.ask(name=self.name, act=act)
        self.port, self.pid = said["port"], said["pid"]
        self.url = said["url"] or self.url

    async def command(self, *words: str | int) -> object:
        """One command to a Valkey, and its reply. Raises redis' errors."""
        return await asyncio.to_thread(self._command, *words)

    async def setting(self, name: str) -> str:
        """What a Valkey has in its configuration under this name."""
        return str(await asyncio.to_thread(self._setting, name))

    def _setting(self, name: str) -> object:
        with redis.Redis.from_url(self.url, socket_timeout=COMMAND_WITHIN_S) as client:
            return client.config_get(name)[name]

    def _command(self, *words: str | int) -> object:
        with redis.Redis.from_url(self.url, socket_timeout=COMMAND_WITHIN_S) as client:
            return client.execute_command(*words)

    async def info(self, name: str) -> object:
        """One line of a Valkey's INFO."""
        return await asyncio.to_thread(self._info, name)

    def _info(self, name: str) -> object:
        with redis.Redis.from_url(self.url, socket_timeout=COMMAND_WITHIN_S) as client:
            return client.info()[name]

    async def remove(self) -> None:
        """Stop it and delete its data."""
        await self.do("remove")

    async def again(self, settings: dict[str, str]) -> None:
        """Start it again on its port and its data, with other settings on top."""
        self.settings = {**self.settings, **settings}
        await self.make()
        await self.do("start")
