"""`/admin/webhooks` over real connections: made, tested, changed, rotated; events arrive."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from msgspec import structs

from examsync.settings import Webhooks
from protocol.types import Role
from tests.edge.calling import calling, detail, problem
from tests.edge.grading import sat
from tests.edge.house import EXAM, House, config
from tests.edge.house import house as opened
from tests.edge.rooms_to_let import Enter
from tests.services.receiver import Receiver, receiving

ALL = "/admin/webhooks"
PUBLIC = "https://lms.example.org/hook"


@pytest.fixture
async def hooked(redis_url: str, database_url: str) -> AsyncIterator[House]:
    """A house that may call the loopback."""
    trusting = Webhooks(allow_insecure_hosts=("127.0.0.1",))
    settings = structs.replace(config(redis_url, database_url), webhooks=trusting)
    async with opened(settings) as found:
        yield found


@pytest.fixture
async def root(hooked: House) -> AsyncIterator[httpx.AsyncClient]:
    """An admin's client."""
    async with calling(hooked) as client:
        yield client


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


async def made(root: httpx.AsyncClient, url: str = PUBLIC, **said: Any) -> Any:
    """A webhook, as it is told when it is made."""
    response = await root.post(ALL, json={"url": url, "types": ["attempt.closed"], **said})
    assert response.status_code == 201, response.text
    return response.json()


async def test_what_happens_arrives_signed(
    hooked: House, root: httpx.AsyncClient, receiver: Receiver, enter: Enter
) -> None:
    hook = await made(root, receiver.url, exams=[EXAM])
    _, attempt = await sat(hooked, enter, {"q3": True})
    (post,) = await receiver.heard(1)
    event = post.verified(hook["secret"])
    assert (event["type"], event["subject"]) == ("attempt.closed", attempt)
    told = (await root.get("/events?types=attempt.closed")).json()["events"]
    assert event in told
    page = (await root.get(f"{ALL}/{hook['id']}/deliveries")).json()
    (one,) = page["items"]
    assert (one["event"], one["subject"], page["total"]) == (event["id"], attempt, 1)


async def test_a_webhook_is_tested_rotated_changed_and_removed(
    hooked: House, root: httpx.AsyncClient, receiver: Receiver
) -> None:
    hook = await made(root, receiver.url, active=False)
    one = f"{ALL}/{hook['id']}"
    tested = (await root.post(f"{one}/test")).json()
    assert (tested["state"], tested["status"], tested["type"]) == (
        "delivered",
        204,
        "webhook.test",
    )
    receiver.posts[0].verified(hook["secret"])
    rotated = (await root.post(f"{one}/secret")).json()
    assert rotated["secret"] != hook["secret"]
    assert rotated["previous_until"] > hooked.app.clock.now()
    await root.post(f"{one}/test")
    for secret in (hook["secret"], rotated["secret"]):
        receiver.posts[1].verified(secret)
    changed = await root.patch(one, json={"types": ["results.released"], "active": True})
    assert (changed.json()["types"], changed.json()["active"]) == (["results.released"], True)
    assert "secret" not in changed.json()
    (listed,) = (await root.get(ALL)).json()["items"]
    assert "secret" not in listed
    first = (await root.get(f"{one}/deliveries?limit=1")).json()
    rest = (await root.get(f"{one}/deliveries?limit=1&after={first['next']}")).json()
    assert first["total"] == rest["total"] == 2
    assert first["items"][0]["id"] != rest["items"][0]["id"]
    assert (await root.delete(one)).status_code == 204
    assert (await root.get(ALL)).json() == {"items": [], "total": 0}
    assert problem(await root.post(f"{one}/test")) == (404, "not_found")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://lms.example.org/", "use https"),
        ("https://169.254.169.254/latest/meta-data", "not a public address"),
        ("https://[::ffff:10.0.0.1]/", "not a public address"),
        ("https://lms.example.org:6379/", "port 6379"),
        ("file:///etc/passwd", "https://host/path"),
        ("https://root:pw@lms.example.org/", "user"),
    ],
)
async def test_addresses_inside_are_refused(root: httpx.AsyncClient, url: str, says: str) -> None:
    refused = await root.post(ALL, json={"url": url, "types": ["attempt.closed"]})
    assert problem(refused) == (400, "bad_request")
    assert says in detail(refused)
    hook = await made(root)
    assert says in detail(await root.patch(f"{ALL}/{hook['id']}", json={"url": url}))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"url": PUBLIC},
        {"url": PUBLIC, "types": []},
        {"url": PUBLIC, "types": ["attempt.begun"]},
        {"url": PUBLIC, "types": ["attempt.closed"], "exams": ["a b"]},
    ],
)
async def test_what_is_said_wrongly_is_refused(root: httpx.AsyncClient, body: Any) -> None:
    assert problem(await root.post(ALL, json=body)) == (400, "bad_request")


async def test_only_admins_send_things_out_of_the_house(hooked: House) -> None:
    async with calling(hooked) as root:
        hook = await made(root)
    one = f"{ALL}/{hook['id']}"
    body = {"url": PUBLIC, "types": ["attempt.closed"]}
    for role in (Role.EXAMINER, Role.CANDIDATE):
        async with calling(hooked, "eva", role) as eva:
            for asked in (
                eva.get(ALL),
                eva.post(ALL, json=body),
                eva.patch(one, json={"active": False}),
                eva.delete(one),
                eva.post(f"{one}/secret"),
                eva.post(f"{one}/test"),
                eva.get(f"{one}/deliveries"),
            ):
                assert problem(await asked) == (403, "forbidden")
