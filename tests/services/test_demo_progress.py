"""How far the demo's own exam is, from a real Postgres: exams beside it do not count."""

import asyncio

from examsync.cli.demonstration.progress import Follower, Progress, progress
from tests.services.installation import EXAM, Candidate, becomes, config, furnish, running, view

EARLIER = "earlier-demo"


def looked_twice(follower: Follower) -> list[Progress]:
    """As the demo does it: from a thread that runs no loop."""
    try:
        return [follower.look(), follower.look()]
    finally:
        follower.close()


async def test_what_ended_in_an_earlier_exam_is_not_counted(
    redis_url: str, database_url: str
) -> None:
    async with running(config(redis_url, database_url), work=True) as serving:
        await furnish(serving, "ravi", "meera", exam=EARLIER)
        (own,) = await furnish(serving, "asha")
        for candidate in (Candidate(serving, "ravi", EARLIER), Candidate(serving, "asha")):
            await candidate.start()
            await candidate.submit()
        facts = (await view(serving, own)).n
        wanted = Progress(facts, handed_in=1, swept=0)
        await becomes(lambda: progress(serving.records, EXAM), wanted)
        follower = Follower(database_url, EXAM)
        assert await asyncio.to_thread(looked_twice, follower) == [wanted, wanted]


async def test_while_postgres_does_not_answer_it_is_as_it_was(database_url: str) -> None:
    nowhere = database_url.rpartition("/")[0] + "/nowhere"
    looked = await asyncio.to_thread(looked_twice, Follower(nowhere, EXAM))
    assert looked == [Progress(), Progress()]
