"""The rolls of exams put together from the app's parts (part of `app`; used by `web` and `cli`)."""

import functools

from examsync.app import App
from examsync.attempts.enrolment import Enrolment
from examsync.attempts.roll import Roll, unseat


def enrolment_of(app: App) -> Enrolment:
    """The rolls, with whoever has to hear that they changed."""

    def changed(exam: str, attempts: list[str]) -> None:
        app.wires.seats_changed(attempts)
        app.monitor.roll_changed(exam, attempts)

    return Enrolment(
        Roll(app.pool, app.keys.chain),
        app.attempts,
        unseat=functools.partial(unseat, app.store, app.config.redis.partitions),
        changed=changed,
    )
