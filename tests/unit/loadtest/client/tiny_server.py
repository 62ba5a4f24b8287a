"""A server of a page, for tests of the client: the rules of DESIGN 4 to 6 for one attempt.

It keeps live state and durable state, can lose the one back to the other (a new epoch), and
answers every event as the real one would, without time limits.
"""

import copy
from typing import Any

import msgspec
from msgspec import Struct, field

from protocol.from_client import EVENTS_EXAM, Answer, Join, Start, Submit
from protocol.problems import Code, problem

Json = dict[str, Any]


class Held(Struct):
    """What stands for an item."""

    version: tuple[str, int]
    response: Any


class Core(Struct):
    """All that a loss of data takes back."""

    n: int = 0
    lease: str = ""
    instance: str = ""
    started_at: int | None = None
    closed: bool = False
    responses: dict[str, Held] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)


class TinyServer:
    """One attempt. Connections are numbers; `joined` maps them to (instance, lease)."""

    def __init__(self) -> None:
        self.now = 1_700_000_000_000
        self.epoch = 1
        self.live = Core()
        self.stored = Core()
        self.joined: dict[int, tuple[str, str]] = {}
        self.away = False
        self.values: dict[tuple[str, tuple[str, int]], Any] = {}
        """Every (item, version) that was ever saved: a version must never hold two values."""

    def flush(self) -> None:
        """Everything becomes durable."""
        self.stored = copy.deepcopy(self.live)

    def lose(self) -> None:
        """Redis loses all that is not durable: a new epoch, rebuilt from Postgres."""
        self.live = copy.deepcopy(self.stored)
        self.epoch += 1

    def forget_instance(self) -> None:
        """So that the next join is granted a new lease."""
        self.live.instance = ""

    def handle(self, connection: int, instance: str, event: str, body: Any) -> Json:
        """The ack of one event, as builtins."""
        self.now += 1
        if self.away:
            return refused(Code.UNAVAILABLE, retry_after_ms=100)
        if event == "heartbeat":
            return self.ok(server_time=self.now, durable=self.durable())
        if event == "join":
            return self._join(connection, instance, msgspec.convert(body, Join))
        if connection not in self.joined:
            return refused(Code.NOT_JOINED)
        if event == "answer" and isinstance(body, list):
            answers = msgspec.convert(body, list[Answer])
            if any(answer.response == "spoils the list" for answer in answers):
                return refused(Code.BAD_REQUEST)
            return {"ok": True, "results": [self._answer(connection, a) for a in answers]}
        return self._one(connection, event, msgspec.convert(body, EVENTS_EXAM[event]))

    def _one(self, connection: int, event: str, body: Any) -> Json:
        if event == "answer":
            return self._answer(connection, body)
        if body.id in self.live.commands:
            return self._done(event, self.live.commands[body.id])
        if body.receipt is None and self.joined[connection][1] != self.live.lease:
            return refused(Code.LEASE_LOST)
        if event == "start":
            return self._start(body)
        if event == "submit":
            return self._submit(body)
        if self.live.started_at is None and body.receipt is None:
            return refused(Code.NOT_STARTED)
        return self._record(event, body.id, "")

    def durable(self) -> tuple[int, int]:
        """(epoch, n) up to which all is stored."""
        return (self.epoch, min(self.stored.n, self.live.n))

    def ok(self, **more: Any) -> Json:
        """An ok ack at the current rev."""
        return {"ok": True, "rev": [self.epoch, self.live.n], **more}

    def _record(self, kind: str, id_: str, effect: str) -> Json:
        self.live.n += 1
        self.live.commands[id_] = effect
        return self._done(kind, effect)

    def _done(self, kind: str, effect: str) -> Json:
        if kind == "start":
            paper = {"id": "p", "title": "p", "sections": []}
            order: Json = {"items": [], "options": {}}
            more: Json = {"started_at": self.live.started_at, "deadline": 10**15, "paper": paper}
            return self.ok(receipt=f"start|{effect}", order=order, **more)
        return self.ok(receipt=f"{kind}|{effect}")

    def _join(self, connection: int, instance: str, join: Join) -> Json:
        core, named = self.live, join.lease or ""
        if not core.closed and (core.instance != instance or named > core.lease):
            another = core.instance not in ("", instance)
            if another and (core.commands.get(join.id) == instance or "" < named < core.lease):
                return refused(Code.LEASE_LOST)
            ahead = max(int(lease[:13]) + 1 if lease else 0 for lease in (core.lease, named))
            core.lease, core.instance = f"{max(self.now, ahead):013d}-ab", instance
            core.n += 1
            core.commands[join.id] = instance
        self.joined[connection] = (instance, core.lease)
        return self._view(instance)

    def _view(self, instance: str) -> Json:
        core = self.live
        seqs = [h.version[1] for h in core.responses.values() if h.version[0] == core.lease]
        return self.ok(
            attempt="a",
            exam="e",
            title="t",
            state="submitted"
            if core.closed
            else "in_progress"
            if core.started_at
            else "not_started",
            durable=self.durable(),
            lease=core.lease,
            seq=max(seqs, default=0),
            times={"server_time": self.now, "opens_at": 0, "started_at": core.started_at},
            heartbeat_period_s=1.0,
            responses={},
            notices=[],
            receipt=f"join|{instance}",
        )

    def _start(self, start: Start) -> Json:
        if start.receipt:
            self.live.started_at = self.live.started_at or int(start.receipt.partition("|")[2])
        elif self.live.started_at is None:
            self.live.started_at = self.now
        return self._record("start", start.id, str(self.live.started_at))

    def _submit(self, submit: Submit) -> Json:
        missing = [
            item
            for item, version in submit.holds.items()
            if tuple(version) > self.live.responses.get(item, Held(("", 0), None)).version
        ]
        if missing and not self.live.closed:
            return refused(Code.ANSWERS_MISSING, data={"items": missing})
        self.live.closed = True
        return self._record("submit", submit.id, "")

    def _answer(self, connection: int, answer: Answer) -> Json:
        if answer.response in ("bad", "spoils the list"):
            return {"seq": answer.seq, **refused(Code.BAD_RESPONSE)}
        version = (self.joined[connection][1], answer.seq)
        if answer.receipt is not None:
            _, lease, seq = answer.receipt.split("|")
            if int(seq) != answer.seq:
                return {"seq": answer.seq, **refused(Code.BAD_RECEIPT)}
            version = (lease, answer.seq)
        elif self.live.started_at is None:
            return {"seq": answer.seq, **refused(Code.NOT_STARTED)}
        stands = self.live.responses.get(answer.item)
        if stands is not None and stands.version == version and stands.response != answer.response:
            return {"seq": answer.seq, **refused(Code.SEQ_REUSED)}
        superseded = stands is not None and version < stands.version
        if stands is None or version > stands.version:
            refusal = self._refusal(version[0], answer)
            if refusal is not None:
                return {"seq": answer.seq, **refused(refusal)}
            self._save(answer, version)
        receipt = f"answer|{version[0]}|{answer.seq}"
        return self.ok(seq=answer.seq, saved_at=self.now, receipt=receipt, superseded=superseded)

    def _refusal(self, lease: str, answer: Answer) -> Code | None:
        if answer.receipt is not None:
            return None
        if self.live.closed:
            return Code.ATTEMPT_CLOSED
        return Code.LEASE_LOST if lease != self.live.lease else None

    def _save(self, answer: Answer, version: tuple[str, int]) -> None:
        known = self.values.setdefault((answer.item, version), answer.response)
        assert known == answer.response, "one version, two values"
        self.live.n += 1
        self.live.responses[answer.item] = Held(version, answer.response)


def refused(code: Code, **more: Any) -> Json:
    """The ack of what was not done."""
    return {"ok": False, "problem": msgspec.to_builtins(problem(code, **more))}
