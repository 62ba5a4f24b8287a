"""What happened reaches those who want it, at least once, signed, and no dead receiver for ever."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from standardwebhooks import WebhookVerificationError

from examsync.events.schedule import DELAYS_MS
from examsync.events.service import Events
from examsync.events.service.sending import EACH_MAX, LEASE_MS, UNDER_WAY_MAX
from examsync.events.service.webhooks import Shown
from examsync.infra.outward import TIMEOUT_S
from examsync.infra.postgres import Pool
from protocol.http_events import Delivery
from tests.services.happenings import ALL_TYPES, CLOSES, Happenings
from tests.services.receiver import Receiver, receiving


@pytest.fixture
async def house(pool: Pool) -> AsyncIterator[Happenings]:
    found = Happenings(pool)
    await found.sitting.open()
    yield found
    await found.events.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


async def subscribed(
    house: Happenings, receiver: Receiver, types: list[str] | None = None
) -> Shown:
    """A webhook to this receiver, of closes unless other types are named."""
    wanted = [kind.value for kind in CLOSES] if types is None else types
    return await house.events.webhooks.make(receiver.url, wanted, [], active=True, by="root")


async def sent(events: Events) -> None:
    """Publish, send what is due, wait until all of it is settled."""
    await events.stream.publish()
    await events.sending.turn()
    await events.sending.drained()


async def deliveries(house: Happenings, made: Shown) -> list[Delivery]:
    return (await house.events.webhooks.deliveries(made.hook.id, None, limit=200)).deliveries


async def test_an_event_arrives_signed_as_it_is_in_the_stream(
    house: Happenings, receiver: Receiver
) -> None:
    made = await subscribed(house, receiver, ALL_TYPES)
    await house.closed("asha")
    await sent(house.events)
    told = await house.told()
    assert sorted(receiver.ids()) == sorted(event.id for event in told)
    for post in receiver.posts:
        event = post.verified(made.secret)
        assert event["id"] == post.id
        assert event["data"]["candidate"] == "asha"
        assert post.headers["content-type"].startswith("application/cloudevents+json")
    for one in await deliveries(house, made):
        assert (one.state, one.tries, one.status, one.error) == ("delivered", 1, 204, "")
    hook = await house.events.webhooks.get(made.hook.id)
    assert hook.delivered_at is not None
    assert hook.waiting == 0


async def test_only_what_was_asked_for_is_sent(house: Happenings, receiver: Receiver) -> None:
    await subscribed(house, receiver)
    make = house.events.webhooks.make
    await make(receiver.url, ALL_TYPES, ["exam-2"], active=True, by="root")
    await make(receiver.url, ALL_TYPES, [], active=False, by="root")
    await house.closed("asha")
    await sent(house.events)
    assert len(receiver.posts) == 1


async def test_while_two_secrets_are_good_both_sign(house: Happenings, receiver: Receiver) -> None:
    made = await subscribed(house, receiver)
    rotated = await house.events.webhooks.rotate(made.hook.id)
    await house.closed("asha")
    await sent(house.events)
    (post,) = receiver.posts
    post.verified(made.secret)
    post.verified(rotated.secret)
    await house.pool.execute("UPDATE webhooks SET previous_until = 1")
    await house.closed("ravi")
    await sent(house.events)
    receiver.posts[1].verified(rotated.secret)
    with pytest.raises(WebhookVerificationError):
        receiver.posts[1].verified(made.secret)


async def test_what_fails_is_tried_again_later_with_the_same_id(
    house: Happenings, receiver: Receiver
) -> None:
    made = await subscribed(house, receiver)
    receiver.answers.append(web.Response(status=500, text="out of memory"))
    await house.closed("asha")
    await sent(house.events)
    (one,) = await deliveries(house, made)
    assert (one.state, one.tries, one.status, one.answer) == ("waiting", 1, 500, "out of memory")
    assert one.next_at is not None
    assert 4_000 < one.next_at - house.time.now() <= 5_500
    await sent(house.events)
    assert len(receiver.posts) == 1
    house.time.ahead_ms += 5_500
    await sent(house.events)
    first, second = receiver.posts
    assert (first.id, first.body) == (second.id, second.body)
    second.verified(made.secret)
    (one,) = await deliveries(house, made)
    assert (one.state, one.tries, one.error) == ("delivered", 2, "")


async def test_a_receiver_that_is_away_is_told_of_in_the_list(
    house: Happenings, receiver: Receiver
) -> None:
    made = await house.events.webhooks.make(
        "http://127.0.0.1:1/", [CLOSES[0].value], [], active=True, by="root"
    )
    await house.closed("asha")
    await sent(house.events)
    (one,) = await deliveries(house, made)
    assert (one.state, one.status) == ("waiting", None)
    assert "ConnectorError" in one.error
    assert (await house.events.webhooks.get(made.hook.id)).failing_since is not None


async def test_after_a_day_of_failures_it_is_stopped_and_says_why(
    house: Happenings, receiver: Receiver
) -> None:
    made = await subscribed(house, receiver)
    tries = len(DELAYS_MS) + 1
    receiver.answers = [web.Response(status=503) for _ in range(tries)]
    await house.closed("asha")
    for delay_ms in (*DELAYS_MS, 0):
        await sent(house.events)
        house.time.ahead_ms += round(delay_ms * 1.1)
    assert len(receiver.posts) == tries
    assert len(set(receiver.ids())) == 1
    (one,) = await deliveries(house, made)
    assert (one.state, one.tries, one.next_at) == ("failed", tries, None)
    hook = await house.events.webhooks.get(made.hook.id)
    assert not hook.active
    assert "nothing could be delivered since" in hook.stopped
    assert "HTTP 503" in hook.stopped
    await house.closed("ravi")
    await sent(house.events)
    assert len(receiver.posts) == tries


async def test_one_that_fails_among_many_that_succeed_stops_nothing(
    house: Happenings, receiver: Receiver
) -> None:
    made = await subscribed(house, receiver)
    await house.closed("asha")
    await house.events.stream.publish()
    await house.pool.execute("UPDATE deliveries SET tries = $1", len(DELAYS_MS))
    await house.pool.execute("UPDATE webhooks SET failing_since = $1", house.time.now() - 5_000)
    receiver.answers.append(web.Response(status=400))
    await sent(house.events)
    (one,) = await deliveries(house, made)
    assert one.state == "failed"
    assert (await house.events.webhooks.get(made.hook.id)).active


async def test_410_means_never_again(house: Happenings, receiver: Receiver) -> None:
    made = await subscribed(house, receiver)
    receiver.answers.append(web.Response(status=410))
    await house.closed("asha")
    await sent(house.events)
    hook = await house.events.webhooks.get(made.hook.id)
    assert (hook.active, hook.stopped) == (
        False,
        "the receiver answered 410 Gone: it wants no more",
    )
    assert [one.state for one in await deliveries(house, made)] == ["failed"]


async def test_two_workers_send_each_event_once(house: Happenings, receiver: Receiver) -> None:
    await subscribed(house, receiver)
    other = house.process()
    await house.closed(*(f"c-{n}" for n in range(40)))
    await house.events.stream.publish()
    async with asyncio.timeout(30):
        while len(receiver.posts) < 40:
            await asyncio.gather(house.events.sending.turn(), other.sending.turn())
            await asyncio.sleep(0.01)
    await asyncio.gather(house.events.sending.drained(), other.sending.drained())
    await other.close()
    assert max(Counter(receiver.ids()).values()) == 1


async def test_what_a_dead_worker_had_taken_is_sent_by_another_one(
    house: Happenings, receiver: Receiver
) -> None:
    made = await subscribed(house, receiver)
    victim = house.process()
    await house.closed("asha")
    await house.events.stream.publish()
    receiver.open.clear()
    await victim.sending.turn()
    await receiver.heard(1)
    for courier in victim.sending._couriers:
        courier.cancel()  # as a kill: it notes nothing
    await asyncio.gather(*victim.sending._couriers, return_exceptions=True)
    receiver.open.set()
    await sent(house.events)
    assert len(receiver.posts) == 1
    house.time.ahead_ms += LEASE_MS
    await sent(house.events)
    await victim.close()
    assert len(receiver.posts) == 2
    assert len(set(receiver.ids())) == 1
    assert [(one.state, one.tries) for one in await deliveries(house, made)] == [("delivered", 2)]


async def test_who_comes_back_after_his_lease_changes_nothing(
    house: Happenings, receiver: Receiver
) -> None:
    made = await subscribed(house, receiver)
    slow = house.process()
    receiver.answers = [web.Response(status=500), web.Response(status=200)]
    await house.closed("asha")
    await house.events.stream.publish()
    receiver.open.clear()
    await slow.sending.turn()
    await receiver.heard(1)
    house.time.ahead_ms += LEASE_MS
    await house.events.sending.turn()
    await receiver.heard(2)
    receiver.open.set()
    await asyncio.gather(house.events.sending.drained(), slow.sending.drained())
    await slow.close()
    (one,) = await deliveries(house, made)
    assert (one.state, one.tries, one.status) == ("delivered", 2, 200)
    assert (await house.events.webhooks.get(made.hook.id)).failing_since is None


async def test_a_slow_receiver_gets_a_few_at_a_time_and_holds_up_nobody(
    house: Happenings, receiver: Receiver
) -> None:
    await subscribed(house, receiver)
    receiver.open.clear()
    await house.closed(*(f"c-{n}" for n in range(3 * EACH_MAX)))
    await house.events.stream.publish()
    await house.events.sending.turn()
    await receiver.heard(EACH_MAX)
    async with receiving() as quick:
        await subscribed(house, quick)
        await house.closed("late")
        await house.events.stream.publish()
        await house.events.sending.turn()
        await quick.heard(1)
        assert receiver.most_waiting < 2 * EACH_MAX < UNDER_WAY_MAX
        receiver.open.set()
        async with asyncio.timeout(20):
            while len(receiver.posts) < 3 * EACH_MAX + 1:
                await house.events.sending.turn()
                await asyncio.sleep(0.01)
        await house.events.sending.drained()


async def test_a_test_is_sent_at_once_and_says_what_became_of_it(
    house: Happenings, receiver: Receiver
) -> None:
    made = await subscribed(house, receiver)
    await house.events.webhooks.change(made.hook.id, active=False)
    receiver.answers.append(web.Response(status=418, text="a teapot"))
    failed = await house.events.sending.test(made.hook.id)
    assert (failed.state, failed.status, failed.answer) == ("failed", 418, "a teapot")
    assert (failed.type, failed.event) == ("webhook.test", failed.id)
    done = await house.events.sending.test(made.hook.id)
    assert (done.state, done.tries) == ("delivered", 1)
    assert receiver.posts[1].verified(made.secret)["type"] == "webhook.test"
    assert [one.state for one in await deliveries(house, made)] == ["delivered", "failed"]


async def test_deliveries_are_forgotten_with_their_events(
    house: Happenings, receiver: Receiver
) -> None:
    made = await subscribed(house, receiver)
    await house.closed("asha")
    await sent(house.events)
    await house.events.sending.test(made.hook.id)
    house.time.ahead_ms = 10**12  # the facts of these tests are of the year 2027
    await house.events.forget()
    assert await deliveries(house, made) == []


def test_a_lease_outlasts_a_try() -> None:
    assert LEASE_MS >= 2_000 * TIMEOUT_S
