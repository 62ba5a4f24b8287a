"""Examiners who watch one exam from a thread of ours: all take everything that comes, one of them
reads it and notes how late each change was. Used by `monitor`.
"""

import asyncio
import threading
import time

import msgspec

from loadtest.bots.feed import decoded
from loadtest.served import NotServed
from loadtest.soak.raw import RawLine, dial
from loadtest.swarm.fanout import Delays
from loadtest.swarm.rows import Histogram
from protocol.from_server import Roster

HOST = "127.0.0.1"
COME_WITHIN_S = 60.0
LOOK_S = 0.05


class Seen:
    """What the one who reads has seen. `chunks`: rows in each part of a snapshot."""

    def __init__(self) -> None:
        self.delays = Histogram()
        self.chunks: list[int] = []
        self._delays = Delays()

    def heard(self, name: str, body: object) -> None:
        """An event of the feed, just now: this machine's clock is the server's."""
        event = decoded(name, body)
        if event is None:
            return
        if isinstance(event, Roster) and event.prior is None:
            self.chunks.append(len(event.rows))
        for each in self._delays.heard(event, time.time() * 1_000):
            self.delays.add(each.ms or 0.0)


class Examiner:
    """One of them. `whole`: the snapshot has come. `fault`: why not."""

    def __init__(self, exam: str, token: str, seen: Seen | None) -> None:
        self.whole = False
        self.fault = ""
        self.bytes = 0
        self.line: RawLine | None = None
        self._exam = exam
        self._token = token
        self._seen = seen

    async def come(self, port: int) -> None:
        """Dial."""
        self.line = RawLine(self, f"{HOST}:{port}")
        await dial(self.line, HOST, port)

    def opened(self) -> None:
        """Engine.IO will greet."""

    def lost(self, status: int) -> None:
        """Nobody is to leave."""
        self.fault = self.fault or f"the connection was lost ({status})"

    def text(self, text: str) -> None:
        """What the server says."""
        self.bytes += len(text)
        match text[:2]:
            case "2":
                self._say("3")
            case "40":
                self._say('42/monitor,1["watch",' + _json({"exam": self._exam}) + "]")
            case "42":
                self._told(text)
            case "43" if '"ok":true' not in text:
                self.fault = text[:200]
            case "44":
                self.fault = text[:200]
            case _ if text[:1] == "0":
                auth = {"token": self._token, "client": {"instance": "reach-watcher"}}
                self._say("40/monitor," + _json(auth))

    def _told(self, text: str) -> None:
        """An event: the last part of a snapshot makes it whole; who reads, reads all."""
        if self.whole and self._seen is None:
            return
        name, body = msgspec.json.decode(text[text.index("[") :])
        self.whole = self.whole or (
            name == "roster" and body.get("prior") is None and body["part"] == body["parts"]
        )
        if self._seen is not None:
            self._seen.heard(name, body)

    def _say(self, text: str) -> None:
        if self.line is not None:
            self.line.send(text)


class Watchers:
    """So many of them in a thread. `seen` is what one of them read."""

    def __init__(self, port: int, exam: str, tokens: list[str]) -> None:
        self.seen = Seen()
        self._port = port
        self._people = [
            Examiner(exam, token, self.seen if first == 0 else None)
            for first, token in enumerate(tokens)
        ]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> "Watchers":
        """Let them come, until everybody has the whole board. Raises NotServed."""
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._come(), self._loop).result(COME_WITHIN_S)
        until = time.monotonic() + COME_WITHIN_S
        while not all(each.whole for each in self._people):
            if time.monotonic() > until or self.fault:
                self.__exit__()
                raise NotServed(f"not all examiners were shown the board: {self.fault or 'late'}")
            time.sleep(LOOK_S)
        return self

    def __exit__(self, *_: object) -> None:
        """Let them leave, and end the thread."""
        self._loop.call_soon_threadsafe(self._leave)
        self._thread.join(COME_WITHIN_S)
        self._loop.close()

    @property
    def fault(self) -> str:
        """What one of them met that nobody is to meet."""
        return next((each.fault for each in self._people if each.fault), "")

    @property
    def bytes(self) -> int:
        """What all of them were told."""
        return sum(each.bytes for each in self._people)

    async def _come(self) -> None:
        await asyncio.gather(*(each.come(self._port) for each in self._people))

    def _leave(self) -> None:
        for each in self._people:
            if each.line is not None:
                each.line.abort()
        self._loop.call_later(LOOK_S, self._loop.stop)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
