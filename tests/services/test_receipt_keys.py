"""The key of receipts is changed in the middle of an exam, one process after the other."""

from typing import Any

from msgspec import structs

from examsync.attempts import replies
from examsync.config import Config
from protocol.from_client import Answer, Join
from protocol.from_server import AnswerAck, Refused
from protocol.problems import Code
from tests.services.installation import EXAM, App, Candidate, config, furnish, opened, unique

NEW = {"2024-b": "k" * 40}


def keyed(settings: Config, **auth: Any) -> Config:
    """The same installation with other keys."""
    return structs.replace(settings, auth=structs.replace(settings.auth, **auth))


async def acked(app: App, asha: Candidate, said: Answer) -> AnswerAck | Refused:
    """What a client would be told."""
    reply = await app.attempts.answer(app.clock.now(), asha.sitter, said)
    return replies.answer(app.attempts.env.keys, reply, said.seq)


async def receipt(app: App, asha: Candidate, said: Answer) -> str:
    """Of an answer that is taken."""
    ack = await acked(app, asha, said)
    assert isinstance(ack, AnswerAck), ack
    assert ack.receipt is not None
    return ack.receipt


async def test_the_key_of_receipts_can_be_changed_while_an_exam_runs(
    redis_url: str, database_url: str
) -> None:
    before = config(redis_url, database_url)
    knows = keyed(before, receipt_keys=NEW)
    signs = keyed(knows, receipt_key_id="2024-b")
    async with opened(before) as app:
        await furnish(app, "asha")
        asha = Candidate(app, "asha")
        await asha.start()
        items = list(app.exams.items(EXAM))
        old = await receipt(app, asha, Answer(1, items[0], None))
        assert old.startswith("1.")
    async with opened(knows) as first, opened(signs) as second:
        for app in (first, second):
            await app.exams.refresh(EXAM)
        new = await receipt(second, asha, Answer(2, items[1], None))
        assert new.startswith("2024-b.")
        for app in (first, second):  # each takes the receipts of both
            assert await receipt(app, asha, Answer(1, items[0], None, receipt=old))
            assert await receipt(app, asha, Answer(2, items[1], None, receipt=new))
        forged = new.replace("2024-b.", "1.", 1)
        told = await acked(first, asha, Answer(2, items[1], None, receipt=forged))
        assert isinstance(told, Refused)
        assert told.problem.code is Code.BAD_RECEIPT
    async with opened(before) as app:  # who does not know the key cannot take its receipts
        await app.exams.refresh(EXAM)
        told = await acked(app, asha, Answer(2, items[1], None, receipt=new))
        assert isinstance(told, Refused)
        assert told.problem.code is Code.BAD_RECEIPT
        join = Join(unique("join"), EXAM, asha.lease)
        assert (await app.attempts.join(app.clock.now(), asha.sitter, join)).problem is None
