"""`examsync key` on a real database: what it makes speaks, what it revokes does not."""

import pytest

from examsync.cli import NOT_DONE, WRONG_CALL
from examsync.errors import ExamError
from protocol.types import Role
from tests.services.calling import Caller
from tests.services.installation import App

EXAMINER = ("--role", "examiner", "--exam", "exam-1", "--hall", "East")


async def test_a_key_that_was_made_speaks_until_it_is_revoked(call: Caller, built: App) -> None:
    made = await call("key", "create", "portal", *EXAMINER)
    assert (made.code, made.err) == (0, "")
    text = made.out.strip()
    await built.access.api_keys.refresh()
    who = built.access.identities.identify(text, built.clock.now())
    assert (who.role, who.name) == (Role.EXAMINER, "portal")
    assert who.exams == {"exam-1"}
    assert who.halls == {"East"}
    revoked = await call("key", "revoke", who.subject.removeprefix("key:"))
    assert revoked.code == 0
    await built.access.api_keys.refresh()
    with pytest.raises(ExamError, match="revoked"):
        built.access.identities.identify(text, built.clock.now())


async def test_keys_are_listed_without_their_secrets(call: Caller, built: App) -> None:
    made = (await call("key", "create", "sync", "--role", "admin", "--json")).json
    until = ("--expires-at", "2190-05-01T09:00Z")
    other = (await call("key", "create", "portal", *EXAMINER, *until, "--json")).json
    await built.access.api_keys.refresh()
    built.access.identities.identify(made["key"], built.clock.now())
    await built.access.api_keys.refresh()
    listed = await call("key", "list")
    assert made["key"] not in listed.out
    lines = {line.split()[0]: line for line in listed.out.splitlines()}
    assert set(lines) == {made["id"], other["id"]}
    assert "never used  until 2190-05-01" in lines[other["id"]]
    assert "exam-1 hall=East" in lines[other["id"]]
    assert "never used" not in lines[made["id"]]
    told = (await call("key", "list", "--json")).json
    assert {one["name"] for one in told} == {"sync", "portal"}
    assert "hash" not in told[0]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("create", "x", "--role", "candidate"), WRONG_CALL),
        (("create", "x", "--role", "examiner"), NOT_DONE),
        (("create", "x", "--role", "admin", "--exam", "e"), NOT_DONE),
        (("create", "x", "--role", "admin", "--expires-at", "2001-01-01T00:00Z"), NOT_DONE),
        (("create", "x", "--role", "admin", "--expires-at", "soon"), WRONG_CALL),
        (("revoke", "nothing"), NOT_DONE),
    ],
)
async def test_what_cannot_be_is_not_done(
    call: Caller, arguments: tuple[str, ...], code: int
) -> None:
    refused = await call("key", *arguments)
    assert (refused.code, refused.out) == (code, "")
