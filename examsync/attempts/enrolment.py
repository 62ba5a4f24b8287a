"""Candidates put on the roll of an exam, changed and taken off it: from lists and one by one.

Who has started keeps the seat as it is. Who has only been looked at, or waits at the door, leaves
Redis in the transaction that changes the row; every process is told to read the seat again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from msgspec import structs

from examsync.attempts.attempt import Seat
from examsync.attempts.enrolled import OnRoll
from examsync.attempts.identity import attempt_id
from examsync.attempts.roll import Roll, RollChange
from examsync.attempts.service import Attempts
from examsync.errors import ExamError, Unavailable
from examsync.exams import roll, seating
from examsync.exams.roll import Plan, Registered
from examsync.exams.seating import Candidate, Seating
from protocol.http_exams import ChangeCandidate, RosterReport
from protocol.problems import Code
from protocol.types import AttemptState

TRIES_MAX = 12
AGAIN_S = 0.3
"""Facts become durable within the flush's two seconds; a seat is tried to change for longer."""

Unseat = Callable[[OnRoll], Awaitable[bool]]
"""Let an attempt leave Redis; False while its newest facts are not durable. Raises Unavailable."""


class Enrolment:
    """The roll of each exam. `changed` is told of (exam, attempts) whose seats are others now, or
    nobody's."""

    def __init__(
        self,
        rolls: Roll,
        attempts: Attempts,
        *,
        unseat: Unseat,
        changed: Callable[[str, list[str]], None],
    ) -> None:
        self.rolls = rolls
        self._attempts = attempts
        self._unseat = unseat
        self._changed = changed

    async def import_list(
        self, exam: str, data: bytes, *, commit: bool = False, skip_bad: bool = False
    ) -> RosterReport:
        """Read a list of candidates; without `commit`, only say what would happen.

        A commit puts all of it on the roll or, if the list has errors, nobody - or all good rows
        with `skip_bad`. Raises ExamError CONFLICT if candidates start meanwhile; Unavailable.
        """
        listed = await asyncio.to_thread(seating.read, data)
        plan = await self._plan(exam, listed)
        if not commit or (plan.errors and not skip_bad):
            return roll.report(listed, plan, committed=False)
        await self._carry_out(exam, plan)
        return roll.report(listed, plan, committed=True)

    async def _plan(self, exam: str, listed: Seating) -> Plan:
        standing = await self.rolls.standing(exam)
        known = {each.seat.candidate: Registered(_candidate(each), each.state) for each in standing}
        return await asyncio.to_thread(roll.compare, listed, known)

    async def _carry_out(self, exam: str, plan: Plan) -> None:
        seats = {attempt_id(exam, each.id): seat_of(exam, each) for each in plan.changed}
        new = {attempt_id(exam, each.id): seat_of(exam, each) for each in plan.new}
        if seats or new:
            await self._replan(exam, seats, new)
            self._changed(exam, list(seats))

    async def register(self, exam: str, candidates: list[Candidate]) -> dict[str, str]:
        """Put them on the roll; the attempt of each. Those who are there keep the attempt, with
        the plans of this seat as long as nobody asked for it. Raises Unavailable."""
        seats = {attempt_id(exam, each.id): seat_of(exam, each) for each in candidates}
        async with self.rolls.changing(exam) as change:
            await change.add(seats)
        self._changed(exam, [])
        return {seat.candidate: id_ for id_, seat in seats.items()}

    async def copy(self, exam: str, to: str) -> int:
        """Put everybody on the roll of one exam on that of another; how many. Raises
        Unavailable."""
        everybody = [_candidate(each) for each in await self.rolls.standing(exam)]
        if everybody:
            await self.register(to, everybody)
        return len(everybody)

    async def change(self, exam: str, candidate: str, change: ChangeCandidate) -> OnRoll:
        """Change what is named of somebody who has not started.

        Raises ExamError NOT_FOUND, ALREADY_STARTED (with what to do instead), CONFLICT.
        """
        id_ = attempt_id(exam, candidate)
        standing = await self._standing(exam, candidate)
        named = {k: v for k, v in structs.asdict(change).items() if v is not None}
        seat = structs.replace(standing.seat, **named)
        if seat == standing.seat:
            return standing
        await self._replan(exam, {id_: seat}, {})
        self._changed(exam, [id_])
        return structs.replace(await self._standing(exam, candidate), seat=seat)

    async def remove(self, exam: str, candidate: str) -> None:
        """Take somebody off the roll who never came.

        Raises ExamError NOT_FOUND, CONFLICT (the candidate has come, and the record stays).
        """
        id_ = attempt_id(exam, candidate)
        await self._standing(exam, candidate)

        async def take_off(change: RollChange, held: Mapping[str, OnRoll]) -> bool:
            if id_ not in held:
                return True
            if held[id_].n > 0 or held[id_].state is not AttemptState.NOT_STARTED:
                raise _came(candidate, held[id_].state)
            return await self._unseat(held[id_]) and await change.remove(id_)

        await self._patiently(exam, [id_], take_off)
        self._changed(exam, [id_])

    async def _replan(self, exam: str, seats: Mapping[str, Seat], new: Mapping[str, Seat]) -> None:
        """Other plans for attempts that have not been started, and new attempts: all or none."""

        async def put(change: RollChange, held: Mapping[str, OnRoll]) -> bool:
            for id_, standing in held.items():
                if standing.state is not AttemptState.NOT_STARTED:
                    raise _started(standing.seat, seats[id_])
            unseated = [await self._unseat(standing) for standing in held.values()]
            if all(unseated):
                await change.change({id_: seats[id_] for id_ in held})
                if new:
                    await change.add(new)
            return all(unseated)

        await self._patiently(exam, list(seats), put)

    async def _patiently(
        self,
        exam: str,
        ids: list[str],
        work: Callable[[RollChange, Mapping[str, OnRoll]], Awaitable[bool]],
    ) -> None:
        """Do it as soon as all that Redis knows of these attempts is in Postgres."""
        away: Unavailable | None = None
        for _ in range(TRIES_MAX):
            try:
                async with self.rolls.changing(exam) as change:
                    if await work(change, await change.lock(ids)):
                        return
                away = None
            except Unavailable as error:
                away = error
            await self._look(ids)
        raise away or ExamError(Code.CONFLICT, "these candidates are just coming in; try again")

    async def _look(self, ids: list[str]) -> None:
        """Have them at hand once, whole, and give the flush its time."""
        await asyncio.sleep(AGAIN_S)
        for reply in [self._attempts.view(id_) for id_ in ids]:
            await reply

    async def _standing(self, exam: str, candidate: str) -> OnRoll:
        for each in await self.rolls.standing(exam, [attempt_id(exam, candidate)]):
            return each
        raise ExamError(Code.NOT_FOUND, f"{candidate} is not on the roll of {exam}")


def seat_of(exam: str, candidate: Candidate) -> Seat:
    """A candidate's place in an exam."""
    return Seat(
        exam,
        candidate.id,
        candidate.name,
        candidate.hall,
        candidate.group,
        candidate.factor_permille,
        candidate.extension_ms,
    )


def _candidate(standing: OnRoll) -> Candidate:
    seat = standing.seat
    return Candidate(
        seat.candidate, seat.name, seat.hall, seat.group, seat.factor_permille, seat.extension_ms
    )


def _started(was: Seat, after: Seat) -> ExamError:
    plans = (was.factor_permille, was.extension_ms) != (after.factor_permille, after.extension_ms)
    said = roll.why_kept(was.candidate, ["factor"] if plans else [])
    return ExamError(Code.ALREADY_STARTED, said)


def _came(candidate: str, state: AttemptState) -> ExamError:
    what = "has joined" if state is AttemptState.NOT_STARTED else "has started"
    hint = f"{candidate} {what}, so the record stays; end the attempt with `terminate` instead"
    return ExamError(Code.CONFLICT, hint)
