"""`examsync webhook` on real servers: added, tested, rotated, stopped, listed, removed."""

from collections.abc import AsyncIterator

import pytest

from examsync.cli import DONE, INTERRUPTED, NOT_DONE, WRONG_CALL
from examsync.infra.postgres import Pool
from tests.services.calling import Caller
from tests.services.receiver import Receiver, receiving

PUBLIC = "https://lms.example.org/hook"


@pytest.fixture
async def receiver(call: Caller) -> AsyncIterator[Receiver]:
    """A receiver that the commands may call."""
    call.settings["webhooks.allow_insecure_hosts"] = "127.0.0.1"
    async with receiving() as found:
        yield found


async def test_a_webhook_is_added_tested_and_its_deliveries_are_listed(
    call: Caller, receiver: Receiver
) -> None:
    added = await call("webhook", "add", receiver.url, "--type", "attempt.closed")
    id_, secret = added.out.split()
    tested = await call("webhook", "test", id_)
    assert (tested.code, len(receiver.posts)) == (DONE, 1)
    assert "HTTP 204" in tested.out
    receiver.posts[0].verified(secret)
    (one,) = (await call("webhook", "deliveries", id_, "--json")).json
    assert (one["state"], one["type"]) == ("delivered", "webhook.test")
    assert (await call("webhook", "deliveries", id_, "--state", "failed")).out == ""


async def test_a_test_that_fails_says_so(call: Caller, receiver: Receiver) -> None:
    added = await call("webhook", "add", "http://127.0.0.1:1/", "--json")
    tested = await call("webhook", "test", added.json["id"])
    assert tested.code == NOT_DONE
    assert "ConnectorError" in tested.out


async def test_a_webhook_is_stopped_started_rotated_and_removed(call: Caller, pool: Pool) -> None:
    added = await call("webhook", "add", PUBLIC, "--exam", "exam-1", "--json")
    id_ = added.json["id"]
    assert (await call("webhook", "stop", id_)).out == f"{id_} is off.\n"
    (line,) = (await call("webhook", "list")).out.splitlines()
    assert line.endswith("exam=exam-1  0 wait  off")
    await pool.execute("UPDATE webhooks SET stopped = 'nobody answers', failing_since = 1")
    (line,) = (await call("webhook", "list")).out.splitlines()
    assert "stopped: nobody answers  failing since 1970" in line
    assert (await call("webhook", "start", id_)).out == f"{id_} is active.\n"
    (one,) = (await call("webhook", "list", "--json")).json
    assert (one["active"], one["stopped"], len(one["types"])) == (True, "", 4)
    rotated = (await call("webhook", "rotate", id_, "--json")).json
    assert rotated["secret"] != added.json["secret"]
    assert (await call("webhook", "remove", id_, stdin="n\n")).code == INTERRUPTED
    assert (await call("webhook", "remove", id_, "--yes")).out == f"Removed {id_}.\n"
    assert (await call("webhook", "remove", id_, "--yes")).code == NOT_DONE


async def test_what_cannot_be_is_refused(call: Caller) -> None:
    inside = await call("webhook", "add", "https://10.0.0.1/")
    assert inside.code == NOT_DONE
    assert "not a public address" in inside.err
    typed = await call("webhook", "add", PUBLIC, "--type", "attempt.begun")
    assert typed.code == WRONG_CALL
