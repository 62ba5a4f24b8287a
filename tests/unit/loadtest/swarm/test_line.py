"""A line tells its owner what happens, and what its owner fails at; then it goes on."""

import threading
from collections.abc import Callable
from typing import Any

from loadtest.client import wire
from loadtest.swarm.line import Line
from protocol.from_client import NAMESPACE_EXAM, Auth, Client
from tests.unit.loadtest.swarm.far_end import FarEnd, far_end

WITHIN_S = 10.0


class Owner:
    """Notes everything; fails at events called `boom`."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self._news = threading.Condition()

    def connected(self, line: Line) -> None:
        self._note("connected", None)

    def refused(self, line: Line, data: Any) -> None:
        self._note("refused", data)

    def event(self, line: Line, event: wire.Event, size: int) -> None:
        if event.name == "boom":
            raise ValueError("the owner fails")
        self._note("event", event)

    def ack(self, line: Line, ack: wire.Ack, size: int) -> None:
        self._note("ack", ack)

    def lost(self, line: Line, why: str) -> None:
        self._note("lost", why)

    def failed(self, line: Line, error: Exception) -> None:
        self._note("failed", error)

    def _note(self, what: str, of: Any) -> None:
        with self._news:
            self.told.append((what, of))
            self._news.notify_all()

    def until(self, what: str) -> Any:
        """Wait until that was told, and what of."""

        def found() -> bool:
            return any(name == what for name, _ in self.told)

        with self._news:
            assert self._news.wait_for(found, WITHIN_S), self.told
        return next(of for name, of in self.told if name == what)


def opened(end: FarEnd) -> tuple[Line, Owner]:
    owner = Owner()
    auth = Auth("a token", Client("i-1"))
    line = Line(end.url, NAMESPACE_EXAM, lambda: auth, owner)
    line.open()
    return line, owner


def connected(end: FarEnd) -> tuple[Line, Owner]:
    line, owner = opened(end)
    owner.until("connected")
    return line, owner


def after(act: Callable[[Line, Owner], None]) -> Owner:
    with far_end({"heartbeat": {"ok": True}}) as end:
        line, owner = connected(end)
        act(line, owner)
        line.close()
        return owner


def test_it_connects_with_its_token() -> None:
    with far_end() as end:
        line, _ = connected(end)
        line.close()
        assert end.auths[0]["token"] == "a token"


def test_an_event_is_acked_by_its_number() -> None:
    with far_end({"heartbeat": {"ok": True}}) as end:
        line, owner = connected(end)
        line.send("heartbeat", {"pending": 0}, 7)
        assert owner.until("ack") == wire.Ack(7, {"ok": True})
        line.close()
        assert end.got == [("heartbeat", {"pending": 0})]


def test_a_refused_namespace_is_told_with_its_problem() -> None:
    with far_end(refusal={"code": "unauthorized"}) as end:
        _, owner = opened(end)
        assert owner.until("refused") == {"code": "unauthorized"}


def test_what_its_owner_fails_at_is_told_and_the_line_goes_on() -> None:
    with far_end() as end:
        line, owner = connected(end)
        end.say("boom", {})
        assert str(owner.until("failed")) == "the owner fails"
        end.say("closed", {"state": "submitted"})
        assert owner.until("event") == wire.Event("closed", {"state": "submitted"})
        line.close()


def test_a_server_that_hangs_up_is_a_lost_line() -> None:
    with far_end() as end:
        _, owner = connected(end)
        end.connections[-1].close()
        assert owner.until("lost") in ("closed_by_the_server", "ConnectionResetError")


def test_a_frame_that_cannot_be_read_loses_the_line() -> None:
    with far_end() as end:
        _, owner = connected(end)
        end.connections[-1].send("9nonsense")
        assert owner.until("lost") == "unreadable_frame"


def test_where_nobody_listens_the_line_is_lost_at_once() -> None:
    with far_end() as end:
        pass
    _, owner = opened(end)
    assert owner.until("lost") == "ConnectionRefusedError"


def test_an_end_of_our_own_is_not_told() -> None:
    with far_end() as end:
        line, owner = connected(end)
        line.cut()
        line, second = connected(end)
        line.close()
        assert [what for what, _ in (*owner.told, *second.told)] == ["connected", "connected"]
