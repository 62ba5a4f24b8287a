"""An attempt and what its facts make of it (pure). Everybody who holds one folds with `apply`.

The same fold runs before the write (what is about to be), after it (what is), in the flush (what
Postgres gets) and in `verify` (what the facts say). Rules that decide are in the files beside.
"""

import sys
from collections.abc import Iterable, Mapping
from typing import Self

from msgspec import Struct, structs

from examsync.attempts.core import Core, core_after
from examsync.attempts.versions import Versions
from protocol.erasure import Blanked, Erased
from protocol.facts import (
    Absent,
    AnswerKept,
    AnswerSaved,
    Expired,
    Fact,
    Rev,
)
from protocol.paper import Response

SHARED_CHARS_MAX = 40
"""Texts up to this length are held once for all who say the same: ids of items and options, leases,
and the digests of such responses. What is longer is somebody's own. Of 90 answers to choices, 34 KB
for each candidate, it saves more than half."""


class Seat(Struct, frozen=True, omit_defaults=True, gc=False):
    """Who sits, and what was planned for them: the registration, as the attempt knows it."""

    exam: str
    candidate: str
    name: str = ""
    hall: str = ""
    group: str = ""
    factor_permille: int = 1_000
    """Accommodation: the working time in thousandths of the exam's duration."""
    extension_ms: int = 0
    """Accommodation: how long after the exam's window this attempt may run."""


class Held(Struct, frozen=True, array_like=True, gc=False):
    """The response that stands for an item. Its version is (lease, seq): the newer wins.

    It is in no cycle either; a million of them stand when ten thousand sit a long paper.
    """

    lease: str
    seq: int
    digest: str
    response: Response
    arrived: int
    late: bool = False
    flag: bool = False
    spent_ms: int | None = None

    @property
    def version(self) -> tuple[str, int]:
        """What orders responses, everywhere."""
        return (self.lease, self.seq)


class Tally(Struct, frozen=True, gc=False):
    """The responses of an attempt, counted. `saved_at`: the latest arrival of one that stands."""

    answered: int = 0
    flagged: int = 0
    late: int = 0
    saved_at: int | None = None


def tally(responses: Iterable[Held]) -> Tally:
    """Count responses; one that was cleared is no answer, but it was saved."""
    count = cleared = flagged = late = latest = 0
    for held in responses:  # plain steps: a monitor counts thousands of these a second
        count += 1
        if held.response is None:
            cleared += 1
        if held.flag:
            flagged += 1
        if held.late:
            late += 1
        if held.arrived > latest:  # noqa: PLR1730  # `max` costs as much as all the rest
            latest = held.arrived
    return Tally(count - cleared, flagged, late, latest if count else None)


class Responses(Versions[Held]):
    """Responses by item, and their tally: each answer is counted as it comes. An examiner's row is
    made for nearly every answer, when the next is under way already: to go through all of a version
    that is not the newest is to copy it."""

    __slots__ = ("tally",)

    def __init__(self, values: dict[str, Held], counted: Tally | None = None) -> None:
        super().__init__(values)
        self.tally = tally(values.values()) if counted is None else counted

    def having(self, key: str, value: Held) -> Self:
        """The version in which `value` is the response to an item."""
        values = self._read()
        counted = _tallied(self.tally, values.get(key), value)
        newer = type(self)(values, counted or self.tally)
        self._hand_on(newer, key, value)
        if counted is None:
            newer.tally = tally(values.values())
        return newer


def _tallied(tally: Tally, was: Held | None, now: Held) -> Tally | None:
    """The tally with one response in another's place; None if they have to be counted again."""
    saved_at = tally.saved_at
    if saved_at is None or saved_at < now.arrived:
        saved_at = now.arrived
    answered = tally.answered + (now.response is not None)
    flagged, late = tally.flagged + now.flag, tally.late + now.late
    if was is None:
        return Tally(answered, flagged, late, saved_at)
    if was.arrived == saved_at != now.arrived:
        return None  # it may have been the latest
    return Tally(
        answered - (was.response is not None), flagged - was.flag, late - was.late, saved_at
    )


class Done(Struct, frozen=True, array_like=True):
    """A command that had its effect: a repeat gets the same receipt, made of this."""

    kind: str
    effect: str
    n: int


class Attempt(Struct, frozen=True, gc=False):
    """One candidate sitting one exam once, as of fact `n` of `epoch`, whose hash is `head`.

    It is in no cycle, so Python's collector need not look at it (`gc`): each answer makes one.
    """

    id: str
    seat: Seat
    epoch: int
    n: int
    head: str
    core: Core
    responses: Mapping[str, Held]
    commands: dict[str, Done]
    durable: Rev = (0, 0)
    salt: str = ""
    """What the digests in its facts' hashes are made with: 128 random bits, until it is erased."""

    @property
    def rev(self) -> Rev:
        """(epoch, n)."""
        return (self.epoch, self.n)

    @property
    def seq(self) -> int:
        """The highest seq that stands under the present lease."""
        seqs = (h.seq for h in self.responses.values() if h.lease == self.core.lease)
        return max(seqs, default=0)


def held(body: AnswerSaved) -> Held:
    """The response a fact leaves standing."""
    response, digest = common(body.response, body.digest)
    return Held(
        shared(body.lease),
        body.seq,
        digest,
        response,
        body.arrived,
        body.late,
        body.flag,
        body.spent_ms,
    )


def standing(body: AnswerSaved) -> tuple[object, ...]:
    """What `held` is as JSON has it, without making one: it is written for every answer."""
    return (
        body.lease,
        body.seq,
        body.digest,
        body.response,
        body.arrived,
        body.late,
        body.flag,
        body.spent_ms,
    )


def tight(stands: Held) -> Held:
    """The same, as it was read from storage, with what it has in common with others shared."""
    response, digest = common(stands.response, stands.digest)
    return Held(
        shared(stands.lease),
        stands.seq,
        digest,
        response,
        stands.arrived,
        stands.late,
        stands.flag,
        stands.spent_ms,
    )


def shared(text: str) -> str:
    """The same text: one object for all who hold it, as long as anybody does."""
    return sys.intern(text) if len(text) <= SHARED_CHARS_MAX else text


def common(response: Response, digest: str) -> tuple[Response, str]:
    """The same response and digest, shared if others may say the same."""
    if type(response) is str:
        if len(response) > SHARED_CHARS_MAX:
            return response, digest
        response = shared(response)
    elif type(response) is list:
        response = [shared(each) for each in response]
    return response, shared(digest)


def apply(attempt: Attempt, fact: Fact) -> Attempt:
    """The attempt after one more of its facts."""
    body = fact.body
    if type(body) is AnswerSaved:
        return _answered(attempt, fact, body)
    responses, commands = attempt.responses, attempt.commands
    if isinstance(body, Erased):
        responses, commands = {}, {}
    key = command_key(fact)
    if key is not None:
        commands = {**commands, key: done(fact)}
    return structs.replace(
        attempt,
        epoch=fact.epoch,
        n=fact.n,
        head=fact.hash,
        core=core_after(attempt.core, fact),
        responses=responses,
        commands=commands,
    )


def _answered(attempt: Attempt, fact: Fact, body: AnswerSaved) -> Attempt:
    """By far the most frequent one: all else stays, field by field (`replace` costs four times as
    much)."""
    return Attempt(
        attempt.id,
        attempt.seat,
        fact.epoch,
        fact.n,
        fact.hash,
        attempt.core,
        _having(attempt.responses, shared(body.item), held(body)),
        attempt.commands,
        attempt.durable,
        attempt.salt,
    )


def _having(responses: Mapping[str, Held], item: str, response: Held) -> Mapping[str, Held]:
    if not isinstance(responses, Responses):
        responses = Responses(dict(responses))
    return responses.having(item, response)


def command_key(fact: Fact) -> str | None:
    """Under which key the command behind a fact is remembered; None for answers and the sweep."""
    body = fact.body
    if isinstance(body, AnswerKept):
        return kept_key(body.item, body.lease, body.seq)
    if not fact.command or isinstance(body, AnswerSaved | Expired | Absent | Blanked):
        return None
    return body.id


def done(fact: Fact) -> Done:
    """What a repeat of the command behind a fact will be told."""
    return Done(fact.command, fact.effect, fact.n)


def kept_key(item: str, lease: str, seq: int) -> str:
    """The key of an answer that was kept but does not count; no id of a client has a slash."""
    return f"kept/{item}/{lease}/{seq}"
