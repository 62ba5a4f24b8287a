"""The book of webhooks: what may be in it, its secrets, what it shows of deliveries."""

import pytest

from examsync.errors import ExamError
from examsync.events.service import Events
from examsync.events.service.webhooks import WEBHOOKS_MAX
from examsync.events.signing import ROTATION_MS
from examsync.infra.postgres import Pool
from protocol.problems import Code
from tests.services.happenings import ALL_TYPES, CLOSES, Happenings

URL = "https://lms.example.org/hook"


@pytest.fixture
def house(pool: Pool) -> Happenings:
    return Happenings(pool)


@pytest.fixture
def events(house: Happenings) -> Events:
    return house.events


async def test_what_is_made_is_there_and_its_secret_is_told_once(events: Events) -> None:
    made = await events.webhooks.make(URL, ALL_TYPES, ["exam-1"], active=True, by="root")
    assert made.secret.startswith("whsec_")
    (hook,) = await events.webhooks.listed()
    assert hook == made.hook == await events.webhooks.get(made.hook.id)
    assert (hook.url, hook.exams, hook.created_by) == (URL, ["exam-1"], "root")


async def test_no_secret_is_in_the_database(events: Events, pool: Pool) -> None:
    made = await events.webhooks.make(URL, CLOSES, [], active=True, by="root")
    stored = str([dict(row) for row in await pool.fetch("SELECT * FROM webhooks")])
    assert made.secret.removeprefix("whsec_") not in stored


async def test_a_new_secret_replaces_the_old_one_after_a_day(
    events: Events, house: Happenings
) -> None:
    made = await events.webhooks.make(URL, CLOSES, [], active=True, by="root")
    rotated = await events.webhooks.rotate(made.hook.id)
    assert rotated.secret != made.secret
    assert rotated.hook.generation == 2
    left = rotated.hook.previous_until - house.time.now()
    assert 0 < left <= ROTATION_MS


async def test_what_is_not_named_stays(events: Events) -> None:
    made = await events.webhooks.make(URL, CLOSES, ["exam-1"], active=True, by="root")
    change = events.webhooks.change
    changed = await change(made.hook.id, url=f"{URL}/2")
    assert (changed.url, changed.exams, changed.active) == (f"{URL}/2", ["exam-1"], True)
    changed = await change(made.hook.id, exams=[], types=ALL_TYPES, active=False)
    assert (changed.url, changed.exams, changed.active) == (f"{URL}/2", [], False)
    assert changed.types == sorted(ALL_TYPES)


async def test_started_again_it_is_not_stopped_any_more(events: Events, pool: Pool) -> None:
    made = await events.webhooks.make(URL, CLOSES, [], active=True, by="root")
    await pool.execute("UPDATE webhooks SET active = false, stopped = 'dead', failing_since = 1")
    assert (await events.webhooks.change(made.hook.id, url=URL)).stopped == "dead"
    started = await events.webhooks.change(made.hook.id, active=True)
    assert (started.active, started.stopped, started.failing_since) == (True, "", None)


@pytest.mark.parametrize("url", ["http://lms.example.org/", "https://10.0.0.1/", "file:///x"])
async def test_addresses_that_will_not_be_called_are_refused(events: Events, url: str) -> None:
    with pytest.raises(ExamError) as caught:
        await events.webhooks.make(url, CLOSES, [], active=True, by="root")
    assert caught.value.code is Code.BAD_REQUEST
    made = await events.webhooks.make(URL, CLOSES, [], active=True, by="root")
    with pytest.raises(ExamError):
        await events.webhooks.change(made.hook.id, url=url)


async def test_what_is_not_there_is_not_found(events: Events) -> None:
    made = await events.webhooks.make(URL, CLOSES, [], active=True, by="root")
    await events.webhooks.remove(made.hook.id)
    for asked in (
        events.webhooks.get(made.hook.id),
        events.webhooks.remove(made.hook.id),
        events.webhooks.rotate(made.hook.id),
        events.webhooks.change(made.hook.id, active=True),
        events.webhooks.deliveries(made.hook.id, None, limit=5),
        events.sending.test(made.hook.id),
    ):
        with pytest.raises(ExamError) as caught:
            await asked
        assert caught.value.code is Code.NOT_FOUND


async def test_there_is_an_end_to_webhooks(events: Events) -> None:
    for _ in range(WEBHOOKS_MAX):
        await events.webhooks.make(URL, CLOSES, [], active=False, by="root")
    with pytest.raises(ExamError) as caught:
        await events.webhooks.make(URL, CLOSES, [], active=False, by="root")
    assert caught.value.code is Code.TOO_MANY


async def test_deliveries_are_listed_the_newest_first_page_by_page(house: Happenings) -> None:
    await house.sitting.open()
    made = await house.events.webhooks.make(URL, CLOSES, [], active=True, by="root")
    for name in ("asha", "ravi", "zoya"):
        await house.closed(name)
        await house.events.stream.publish()
        house.time.ahead_ms += 1_000
    listed = house.events.webhooks.deliveries
    first = await listed(made.hook.id, None, limit=2)
    assert (len(first.deliveries), first.total) == (2, 3)
    last = first.deliveries[-1]
    rest = await listed(made.hook.id, "waiting", after=(last.created_at, last.id), limit=2)
    shown = first.deliveries + rest.deliveries
    assert [one.created_at for one in shown] == sorted(
        (one.created_at for one in shown), reverse=True
    )
    assert len({one.id for one in shown}) == 3
    assert (await house.events.webhooks.get(made.hook.id)).waiting == 3
    assert (await listed(made.hook.id, "failed", limit=2)).total == 0
