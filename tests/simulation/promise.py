"""The promise itself: nothing that was acked is missing, older, or other than it was.

Looked at in every step, not only at the end: what was acked is in Postgres or still in an outbox.
"""

from typing import TYPE_CHECKING

from examsync.attempts.attempt import Attempt, kept_key
from loadtest.client.entry import Refusal
from loadtest.client.ledger import AckedAnswer, AckedCommand, Ledger
from protocol.problems import Code
from tests.simulation.witness import same

if TYPE_CHECKING:
    from tests.simulation.device import Device
    from tests.simulation.world import World

FINAL_REFUSALS = frozenset(
    {
        Code.LEASE_LOST,
        Code.TOO_LATE,
        Code.ATTEMPT_CLOSED,
        Code.EXAM_OVER,
        Code.NOT_STARTED,
        Code.TAKEOVER_REFUSED,
        Code.NOT_JOINED,
    }
)
"""With what an honest client's entry may be refused for good."""
WITHOUT_TRACE = ("join", "acknowledge")
"""Commands whose effect may be there without their id: others did the same."""


class Promise:
    """What clients and examiners were told, held against Postgres and against the outboxes."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.unpromised = 0
        """Acked things of outboxes that were forgotten while Redis lost data."""
        self._safe: dict[int, int] = {}
        """How many of a ledger's answers, from the first on, were found in Postgres."""

    # --- in every step ----------------------------------------------------------------------------

    def step(self) -> None:
        """Who has been told "saved" and not yet "durable" still holds it."""
        for device in self.world.devices:
            if device.running and not any(device.session.ledger is x for x in device.forgot):
                self._held(device, device.session.ledger)

    def _held(self, device: "Device", ledger: Ledger) -> None:
        fold = self.world.checks.fold(device.attempt)
        at = self._safe.get(id(ledger), 0)
        while at < len(ledger.answers) and _holds(fold, ledger.answers[at]):
            at += 1
        self._safe[id(ledger)] = at
        for answer in ledger.answers[at:]:
            held = any(
                entry.item == answer.item and entry.version >= answer.version
                for entry in device.session.outbox.entries
            )
            if not held and not _holds(fold, answer):
                self._wrong(f"{answer.item} {answer.version} is in no outbox and not in Postgres")

    # --- at the end -------------------------------------------------------------------------------

    def final(self) -> None:
        """After healing and draining."""
        for id_ in self.world.ids:
            self._starts(id_, self.world.checks.fold(id_))
        for device in self.world.devices:
            self._kept_word(device)
        self._acts()

    def _starts(self, id_: str, fold: Attempt) -> None:
        """Who was told when the clock began was told the truth. Of two devices that were each told
        something, as Redis lost the first start, one was."""
        told: set[int | None] = set()
        excused: set[int | None] = set()
        ids: set[str] = set()
        for device in self.world.devices:
            for ledger in device.ledgers if device.attempt == id_ else ():
                lost = self.world.faults.data_lost and any(ledger is x for x in device.forgot)
                starts = [each for each in ledger.commands if each.event == "start"]
                (excused if lost else told).update(each.started_at for each in starts)
                ids |= {each.id for each in starts}
        if fold.core.started_at is None and recorded(fold, "start"):
            return  # lost, and closed before it came back: recorded, without effect
        if told and fold.core.started_at not in told | excused and not self._again(fold, told, ids):
            self._wrong(f"{id_}: told it started at {told}, and now it is {fold.core.started_at}")

    def _again(self, fold: Attempt, told: set[int | None], ids: set[str]) -> bool:
        """Whether a first sending of the same start was held up on its way, and came when Redis
        had lost what its repetition did: to the server that was the first it heard of it. It
        counts from then, so nobody has less time than he was told."""
        later = all(at is not None and at <= (fold.core.started_at or 0) for at in told)
        return self.world.faults.data_lost and later and any(i in fold.commands for i in ids)

    def _kept_word(self, device: "Device") -> None:
        fold = self.world.checks.fold(device.attempt)
        for ledger in device.ledgers:
            excused = self.world.faults.data_lost and any(ledger is x for x in device.forgot)
            for answer in ledger.answers:
                self._must(_holds(fold, answer), f"{answer.item} {answer.version}", excused)
                self._newest(device, fold, answer)
            for command in ledger.commands:
                self._must(_did(fold, command), f"{command.event} {command.id}", excused)
        for refusal in device.session.outbox.refused:
            if refusal.was_acked and refusal.event != "join":
                self._wrong(f"{device.instance}: acked, and then refused: {refusal}")
            if refusal.code not in FINAL_REFUSALS and not self._unheard_of(refusal):
                self._wrong(f"{device.instance}: refused: {refusal}")

    def _newest(self, device: "Device", fold: Attempt, answer: AckedAnswer) -> None:
        """What took the place of an acked answer of the same device was answered after it."""
        stands = fold.responses.get(answer.item)
        if stands is None or not answer.counted or answer.superseded or device.forgot:
            return
        made = self.world.witness.made(device.attempt, device.instance, answer.item, answer.seq)
        if stands.spent_ms is None or made is None or not same(stands.spent_ms, made):
            return
        if stands.spent_ms < made:
            self._wrong(f"{answer.item} {answer.version} was overtaken by what was before it")

    def _unheard_of(self, refusal: Refusal) -> bool:
        """A notice was read that Redis had lost again: it comes back, and is shown again."""
        lost = refusal.event == "acknowledge" and refusal.code == Code.NOT_FOUND
        return lost and self.world.faults.data_lost

    def _must(self, held: bool, what: str, excused: bool) -> None:
        if held:
            return
        if excused:
            self.unpromised += 1
        else:
            self._wrong(f"lost: {what} was acked")

    def _acts(self) -> None:
        for id_, (kind, attempt, _) in self.world.examiner.acked.items():
            fold = self.world.checks.fold(attempt)
            self._must(id_ in fold.commands, f"{kind} {id_}", False)
        done = self.world.exam_now().done
        for id_ in self.world.examiner.exam_wide:
            self._must(id_ in done, f"the act {id_} on the exam", False)

    def _wrong(self, what: str) -> None:
        self.world.violated(what)


def _holds(fold: Attempt, answer: AckedAnswer) -> bool:
    """Whether an acked answer stands, or a newer one; or is kept, if that is what was said."""
    stands = fold.responses.get(answer.item)
    if stands is not None and stands.version > answer.version:
        return True
    if not answer.counted:
        return kept_key(answer.item, answer.lease, answer.seq) in fold.commands
    if stands is None or stands.version < answer.version:
        return False
    return stands.response == answer.response


def recorded(fold: Attempt, kind: str) -> bool:
    """Whether some command of this kind had its effect, or was put on record."""
    return any(done.kind == kind for done in fold.commands.values())


def _did(fold: Attempt, command: AckedCommand) -> bool:
    """Whether an acked command had its effect, or what it wanted was so already."""
    if command.id in fold.commands or command.event in WITHOUT_TRACE:
        return True
    if command.event == "start":
        return fold.core.started_at is not None or recorded(fold, "start")
    return command.event == "submit" and fold.core.closes > 0
