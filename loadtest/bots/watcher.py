"""An examiner: watches one exam, counts what comes, and does what examiners do now and then."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from loadtest.bots.feed import Feed
from loadtest.client.backoff import delay_ms
from loadtest.client.line import Line, LineLost
from loadtest.report import Watched
from protocol.from_client import NAMESPACE_MONITOR, Client
from protocol.types import AttemptState

ACT_EVERY_S = 4.0
PAUSE_S = 2.0
EXTRA_SHARE = 20
EXTRA_MS = (1_000, 300_000)
"""A twentieth of the working time, within these: so a short exam still ends when it should."""


class Watcher:
    """One examiner's client. With `acts` it also extends, messages, pauses and resumes."""

    def __init__(self, url: str, exam: str, token: str, dice: Random, *, acts: bool) -> None:
        self.feed = Feed(exam)
        self._url, self._exam, self._token = url, exam, token
        self._dice = dice
        self._acts = acts
        self._paused: list[str] = []
        self._behind = asyncio.Event()
        self._doing: list[Callable[[Line], Awaitable[None]]] = [
            self._extend,
            self._message,
            self._pause_and_resume,
        ]

    @property
    def told(self) -> Watched:
        """What was seen and done."""
        return self.feed.seen

    async def watch(self) -> None:
        """Until cancelled: connect, watch, act; again after every loss."""
        tries = 0
        while True:
            self.feed.seen.dials += 1
            line = Line(self._url, NAMESPACE_MONITOR, self._heard)
            try:
                await line.open(self._token, Client("examiner-bot", "examsync-bots", "1"))
                await self._follow(line)
                tries = 0
            except (LineLost, TimeoutError):
                tries += 1
            finally:
                line.close()
            await asyncio.sleep(delay_ms(tries, self._dice.random()) / 1_000 + 0.1)

    def _heard(self, name: str, body: Any) -> None:
        if not self.feed.heard(name, body):
            self._behind.set()

    async def _follow(self, line: Line) -> None:
        self._behind.set()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._keep_up(line))]
            if self._acts:
                tasks.append(group.create_task(self._act(line)))
            await line.lost_at_last
            for task in tasks:
                task.cancel()

    async def _keep_up(self, line: Line) -> None:
        """Ask again whenever something was missed, from the version that is held."""
        while True:
            await self._behind.wait()
            self._behind.clear()
            asked = {"exam": self._exam, "version": self.feed.version}
            with contextlib.suppress(LineLost, TimeoutError):
                reply = await line.call("watch", asked)
                if not reply["ok"]:
                    self._count("refused")
                    await asyncio.sleep(1)
                    self._behind.set()

    async def _act(self, line: Line) -> None:
        while True:
            await asyncio.sleep(self._dice.expovariate(1 / ACT_EVERY_S))
            with contextlib.suppress(LineLost, TimeoutError):
                if self._paused:
                    await self._resume(line)
                elif self.feed.hands:
                    await self._resolve(line)
                elif self._running():
                    await self._dice.choice(self._doing)(line)

    def _running(self) -> list[str]:
        rows = self.feed.rows.values()
        return [row.attempt for row in rows if row.state is AttemptState.IN_PROGRESS]

    async def _extend(self, line: Line) -> None:
        chosen = self._some()
        row = self.feed.rows[chosen[0]]
        working_ms = (row.deadline or 0) - (row.started_at or 0)
        extra_ms = min(max(working_ms // EXTRA_SHARE, EXTRA_MS[0]), EXTRA_MS[1])
        await self._do(line, "extend", chosen, extra_ms=extra_ms, reason="बिजली चली गई थी")

    async def _message(self, line: Line) -> None:
        await self._do(line, "message", self._some(), text="Please keep your desk clear.")

    async def _pause_and_resume(self, line: Line) -> None:
        self._paused = self._some()
        await self._do(line, "pause", self._paused, reason="a word with you")
        await asyncio.sleep(PAUSE_S)
        await self._resume(line)

    async def _resume(self, line: Line) -> None:
        """Nobody stays paused because the examiner's connection was lost in between."""
        await self._do(line, "resume", self._paused)
        self._paused = []

    async def _resolve(self, line: Line) -> None:
        raised = sorted(self.feed.hands)
        self.feed.hands.clear()
        await self._do(line, "resolve", raised, reason="seen to")

    def _some(self) -> list[str]:
        running = self._running()
        return self._dice.sample(running, min(len(running), self._dice.randint(1, 3)))

    async def _do(self, line: Line, act: str, attempts: list[str], **more: Any) -> None:
        body = {"id": f"{self._dice.getrandbits(128):032x}", "exam": self._exam, **more}
        reply = await line.call(act, {**body, "attempts": attempts})
        self._count(act if reply["ok"] else f"{act} refused")
        self.feed.seen.not_done += len(reply.get("not_done", []))

    def _count(self, what: str) -> None:
        acts = self.feed.seen.acts
        acts[what] = acts.get(what, 0) + 1
