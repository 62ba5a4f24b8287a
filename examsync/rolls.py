"""The rolls of exams put together from the app's parts (part of `app`; used by `web` and `cli`)."""

import functools

from examsync.app import App
from examsync.attempts.enrolment import Enrolment
from examsync.attempts.roll import Roll, unseat
from examsync.errors import Unavailable
from examsync.infra.log import logger

log = logger(__name__)


def enrolment_of(app: App) -> Enrolment:
    """The rolls, with whoever has to hear that they changed."""

    def changed(exam: str, attempts: list[str]) -> None:
        app.wires.seats_changed(attempts)
        app.monitor.roll_changed(exam)

    async def left(exam: str) -> None:
        try:
            await app.monitor.roll_shrunk(exam)
        except Unavailable as error:
            log.warning("monitors still show who left", exam=exam, why=str(error))

    return Enrolment(
        Roll(app.pool, app.keys.chain),
        app.attempts,
        unseat=functools.partial(unseat, app.store, app.config.redis.partitions),
        changed=changed,
        left=left,
    )
