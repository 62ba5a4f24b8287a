"""Attempts of the python-socketio peer: decided in memory, written by ExamSync's own script."""

import asyncio
import hashlib
import json
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis

from loadtest.bench.peers import told
from loadtest.bench.peers.told import Refused, Told

PARTITIONS = 8
CONNECTIONS = 100
PREFIX = "examsync"


def mac(key: bytes, *parts: bytes, size: int = 16) -> bytes:
    """Keyed BLAKE2b."""
    made = hashlib.blake2b(key=key, digest_size=size)
    for part in parts:
        made.update(part)
    return made.digest()


CHAIN = mac(told.RECEIPT_SECRET[:64], b"chain", size=32)
RECEIPT = mac(told.RECEIPT_SECRET[:64], b"receipt", size=32)


class Seated:
    """One attempt. Its lock keeps its facts in order."""

    def __init__(self, exam: str, candidate: str) -> None:
        name = f"{exam}\x00{candidate}".encode()
        self.id = "a" + hashlib.blake2b(name, digest_size=12).hexdigest()
        small = hashlib.blake2b(self.id.encode(), digest_size=4).digest()
        self.p = int.from_bytes(small) % PARTITIONS
        parts = (b"genesis", self.id.encode())
        self.head = mac(CHAIN, *(p for x in parts for p in (len(x).to_bytes(4), x))).hex()
        self.n = 0
        self.epoch = 0
        self.candidate = candidate
        self.core: dict[str, Any] = {}
        self.held: dict[str, list[Any]] = {}
        self.deadline = 0
        self.lock = asyncio.Lock()

    @property
    def rev(self) -> tuple[int, int]:
        """Epoch and number of its last fact."""
        return (self.epoch, self.n)

    def row(self, total: int) -> dict[str, Any]:
        """What examiners see."""
        answered = sum(one[3] is not None for one in self.held.values())
        return {
            "attempt": self.id,
            "candidate": self.candidate,
            "rev": self.rev,
            "state": self.core.get("state"),
            "answered": answered,
            "total": total,
            "started_at": self.core.get("started_at"),
            "deadline": self.deadline,
        }


class Desk:
    """All attempts of the exam."""

    def __init__(self, exam: Told) -> None:
        self._exam = exam
        self._seats: dict[str, Seated] = {}
        self._lives: list[bytes] = []

    async def open(self) -> None:
        """Connect to Redis and learn the epochs."""
        pool = BlockingConnectionPool.from_url(told.REDIS, max_connections=CONNECTIONS)
        self._redis = Redis.from_pool(pool)
        folder = Path(told.SCRIPTS)
        self._save = self._redis.register_script((folder / "save.lua").read_text())
        self._create = self._redis.register_script((folder / "create.lua").read_text())
        for p in range(PARTITIONS):
            life = await self._redis.get(f"{PREFIX}:{{{p}}}:epoch")
            assert isinstance(life, bytes)
            self._lives.append(life)

    async def seat(self, candidate: str) -> Seated:
        """Somebody's attempt, made in Redis if it is not there."""
        if candidate in self._seats:
            return self._seats[candidate]
        seat = self._seats[candidate] = Seated(self._exam.id, candidate)
        life = self._lives[seat.p]
        seat.epoch = int(life.split(b":")[0])
        said = {"exam": self._exam.id, "candidate": candidate}
        fields = ["head", f"0:{seat.head}", "seat", json.dumps(said), "core", "{}"]
        await self._create(
            keys=[self._key(seat, name) for name in ("epoch", "a", "due")],
            args=[life, "", seat.id, *fields, "durable", f"{seat.epoch}:0"],
        )
        return seat

    async def join(self, seat: Seated, id_: str, instance: str, now: int) -> None:
        """Give this device the lease, unless it has it."""
        if seat.core.get("instance") == instance:
            return
        lease = f"{now:013d}-{secrets.token_hex(4)}"
        core = {**seat.core, "lease": lease, "instance": instance}
        body = {"kind": "lease_granted", "id": id_, "lease": lease, "instance": instance}
        effect = {"instance": instance, "lease": lease}
        await self._command(seat, core, ("join", effect, body), now)

    async def start(self, seat: Seated, id_: str, now: int) -> None:
        """Start the clock, once."""
        if "started_at" in seat.core:
            return
        core = {**seat.core, "state": "in_progress", "started_at": now, "turned_at": now}
        body = {"kind": "started", "id": id_, "started_at": now}
        await self._command(seat, core, ("start", {"started_at": now}, body), now)
        terms = self._exam.terms
        seat.deadline = min(now + terms["duration_ms"], terms["window_end"], terms["closes_at"])

    async def answer(self, seat: Seated, said: dict[str, Any], now: int) -> dict[str, Any]:
        """Save one answer; its ack. Raises Refused."""
        seq, item, response = said["seq"], said["item"], said["response"]
        self._exam.fits(item, response)
        text = json.dumps([response, False])
        digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        async with seat.lock:
            held = seat.held.get(item)
            if held is not None and seq < held[1]:
                return {"ok": True, "seq": seq, "rev": seat.rev, "receipt": "", "superseded": True}
            if held is not None and seq == held[1] and held[2] != digest:
                raise Refused("seq_reused")
            if held is None or seq > held[1]:
                if seat.core.get("state") != "in_progress":
                    raise Refused("not_started")
                late = now > seat.deadline
                if now > seat.deadline + self._exam.terms["grace_ms"]:
                    raise Refused("too_late")
                held = [seat.core["lease"], seq, digest, response, now, late]
                body = dict(
                    zip(("lease", "seq", "digest", "response", "arrived"), held[:5], strict=True)
                )
                fact = {"kind": "answer_saved", "item": item, **body}
                due = str(seat.deadline + self._exam.terms["grace_ms"] + 1_000)
                await self._write(seat, fact, now, ("", ""), [due, f"r:{item}", json.dumps(held)])
                seat.held[item] = held
            receipt = self._receipt(seat, item, held)
            return {"ok": True, "seq": seq, "rev": seat.rev, "saved_at": now, "receipt": receipt}

    def _receipt(self, seat: Seated, item: str, held: list[Any]) -> str:
        names = ("lease", "seq", "digest", "arrived", "late")
        covers = dict(zip(names, (*held[:3], *held[4:]), strict=True))
        effect = json.dumps(covers, sort_keys=True)
        covered = json.dumps([seat.id, "answer", item, effect]).encode()
        parts = (urlsafe_b64encode(raw) for raw in (effect.encode(), mac(RECEIPT, covered)))
        return "1." + ".".join(part.rstrip(b"=").decode() for part in parts)

    async def _command(
        self, seat: Seated, core: dict[str, Any], what: tuple[str, Any, dict[str, Any]], now: int
    ) -> None:
        kind, terms, body = what
        effect = json.dumps(terms)
        async with seat.lock:
            done = json.dumps([kind, effect, seat.n + 1])
            fields = ["", "core", json.dumps(core), f"c:{body['id']}", done]
            await self._write(seat, body, now, (kind, effect), fields)
            seat.core = core

    async def _write(
        self,
        seat: Seated,
        body: dict[str, Any],
        now: int,
        command: tuple[str, str],
        fields: list[str],
    ) -> None:
        """`fields`: when the sweep should look, then the hash's fields. Raises Refused."""
        where = {
            "attempt": seat.id, "epoch": seat.epoch, "n": seat.n + 1, "prev": seat.head, "at": now,
        }  # fmt: skip
        says = {"by": f"candidate:{seat.candidate}", "body": body}
        says |= {"command": command[0], "effect": command[1]}
        said = mac(seat.id.encode(), json.dumps(says).encode()).hex()
        head = mac(CHAIN, json.dumps([where, body["kind"], said]).encode()).hex()
        due, *changed = fields
        said = await self._save(
            keys=[self._key(seat, name) for name in ("epoch", "a", "log", "due")],
            args=[
                self._lives[seat.p], f"{seat.n}:{seat.head}", f"{seat.n + 1}:{head}",
                json.dumps({**where, **says, "hash": head}), due, seat.id, *changed,
            ],
        )  # fmt: skip
        if said != b"ok":
            raise Refused("unavailable")
        seat.n, seat.head = seat.n + 1, head

    def _key(self, seat: Seated, name: str) -> str:
        more = f":{seat.epoch}:{seat.id}" if name == "a" else ""
        return f"{PREFIX}:{{{seat.p}}}:{name}{more}"
