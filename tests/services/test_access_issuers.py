"""Keys of other issuers over real HTTP: read, kept, read again, and never believed for ever."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from examsync.access.service import issuers as timing
from examsync.access.service.issuers import Issuers
from examsync.errors import ExamError
from examsync.settings import Issuer
from protocol.problems import Code
from protocol.types import Role
from tests.services import idp
from tests.services.office import HandClock

LEEWAY_MS = 30_000


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def publisher() -> AsyncIterator[idp.Publisher]:
    async with idp.publishing() as publisher:
        yield publisher


class Desk:
    """Issuers that are believed, and the time."""

    def __init__(self, clock: HandClock, *issuers: Issuer) -> None:
        self.clock = clock
        self.issuers = Issuers(issuers, clock, LEEWAY_MS)

    def token(self, algorithm: str = "RS256", kid: str = "k1", **said: Any) -> str:
        return idp.token(idp.claims(self.clock.now(), **said), algorithm, kid)

    def code(self, token: str) -> Code | None:
        """How a token is refused; None when it is believed."""
        try:
            self.issuers.identify(token, self.clock.now())
        except ExamError as refusal:
            return refusal.code
        return None

    async def asked(self, token: str) -> Code | None:
        """The same where there is time to read keys."""
        await self.issuers.ready(token)
        return self.code(token)


async def test_whose_key_is_known_is_at_hand_and_nothing_is_read_for_him(
    publisher: idp.Publisher, clock: HandClock
) -> None:
    desk = Desk(clock, publisher.issuer())
    token = desk.token()
    assert not desk.issuers.at_hand(token)
    assert await desk.asked(token) is None
    assert desk.issuers.at_hand(token)
    assert not desk.issuers.at_hand(desk.token(kid="k9"))


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_token_is_believed_with_each_algorithm(
    publisher: idp.Publisher, clock: HandClock, algorithm: str
) -> None:
    publisher.keys = [idp.published(algorithm, "k1")]
    desk = Desk(clock, publisher.issuer(algorithms=(algorithm,)))
    token = desk.token(algorithm)
    assert desk.issuers.knows(token)
    assert await desk.asked(token) is None
    who = desk.issuers.identify(token, clock.now())
    assert (who.subject, who.role, who.name) == ("asha", Role.CANDIDATE, "Asha")
    assert who.exams == {"exam-1"}
    assert who.source == f"issuer:{idp.NAME}"
    assert who.jti == desk.issuers.identify(token, clock.now()).jti


async def test_keys_are_read_once_and_again_when_they_are_old(
    publisher: idp.Publisher, clock: HandClock
) -> None:
    desk = Desk(clock, publisher.issuer())
    for _ in range(5):
        assert await desk.asked(desk.token()) is None
        await desk.issuers.refresh()
    assert publisher.asked == 1
    clock.ms += timing.FRESH_MS
    await desk.issuers.refresh()
    assert publisher.asked == 2


async def test_a_new_key_is_learnt_when_it_is_first_seen_and_a_withdrawn_one_is_forgotten(
    publisher: idp.Publisher, clock: HandClock
) -> None:
    desk = Desk(clock, publisher.issuer(algorithms=("RS256", "EdDSA")))
    assert await desk.asked(desk.token()) is None
    publisher.keys = [idp.published("EdDSA", "k2")]
    clock.ms += timing.AGAIN_MS
    assert await desk.asked(desk.token("EdDSA", "k2")) is None
    assert publisher.asked == 2
    assert await desk.asked(desk.token()) is Code.UNAUTHORIZED


async def test_names_of_keys_that_are_made_up_do_not_make_us_ask_often(
    publisher: idp.Publisher, clock: HandClock
) -> None:
    desk = Desk(clock, publisher.issuer())
    for n in range(50):
        assert await desk.asked(desk.token(kid=f"made-up-{n}")) is Code.UNAUTHORIZED
        clock.ms += 500
    assert publisher.asked == 1
    assert await desk.asked(desk.token()) is None


@pytest.mark.parametrize(
    "change",
    [
        {"status": 500},
        {"status": 302},
        {"raw": b""},
        {"raw": b"<html>"},
        {"raw": json.dumps({"keys": [], "pad": "x" * timing.DOCUMENT_BYTES_MAX}).encode()},
        {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]},
    ],
    ids=["error", "redirect", "empty", "html", "too long", "no keys"],
)
async def test_while_keys_cannot_be_read_old_ones_hold_for_a_day_and_then_none(
    publisher: idp.Publisher, clock: HandClock, change: dict[str, Any]
) -> None:
    desk = Desk(clock, publisher.issuer())
    good, fresh = dict(vars(publisher)), Desk(clock, publisher.issuer())
    assert await desk.asked(desk.token()) is None
    vars(publisher).update(change)
    assert await fresh.asked(fresh.token()) is Code.UNAVAILABLE
    clock.ms += timing.STALE_MS - 1
    await desk.issuers.refresh()
    assert desk.code(desk.token()) is None
    clock.ms += timing.AGAIN_MS
    await desk.issuers.refresh()
    assert desk.code(desk.token()) is Code.UNAVAILABLE
    vars(publisher).update({name: good[name] for name in change})
    clock.ms += timing.FRESH_MS
    await desk.issuers.refresh()
    assert desk.code(desk.token()) is None


async def test_an_issuer_that_does_not_answer_is_not_waited_for_long(
    publisher: idp.Publisher, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timing, "FETCH_S", 0.05)
    publisher.let.clear()
    desk = Desk(clock, publisher.issuer())
    assert await desk.asked(desk.token()) is Code.UNAVAILABLE
    nobody = Desk(clock, publisher.issuer(jwks_url="http://127.0.0.1:1/keys"))
    assert await nobody.asked(nobody.token()) is Code.UNAVAILABLE


async def test_keys_may_lie_in_a_file_that_changes(tmp_path: Path, clock: HandClock) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [idp.published("RS256", "k1")]}))
    desk = Desk(clock, Issuer(idp.NAME, "examsync", ("RS256",), idp.ROLES, jwks_file=str(file)))
    assert await desk.asked(desk.token()) is None
    file.write_text(json.dumps({"keys": [idp.published("RS256", "k2")]}))
    clock.ms += timing.FRESH_MS
    await desk.issuers.refresh()
    assert desk.code(desk.token()) is Code.UNAUTHORIZED
    assert desk.code(desk.token(kid="k2")) is None
    file.write_text("x" * (timing.DOCUMENT_BYTES_MAX + 1))
    clock.ms += timing.FRESH_MS
    await desk.issuers.refresh()
    file.unlink()
    clock.ms += timing.FRESH_MS
    await desk.issuers.refresh()
    assert desk.code(desk.token(kid="k2")) is None


async def test_each_issuer_has_its_own_keys(publisher: idp.Publisher, clock: HandClock) -> None:
    other = Issuer("https://other", "examsync", ("EdDSA",), idp.ROLES, jwks_url=publisher.url)
    publisher.keys = [idp.published("RS256", "k1"), idp.published("EdDSA", "k2")]
    desk = Desk(clock, publisher.issuer(), other)
    assert await desk.asked(desk.token(iss="https://other")) is Code.UNAUTHORIZED
    assert await desk.asked(desk.token("EdDSA", "k2", iss="https://other")) is None
    assert await desk.asked(desk.token("EdDSA", "k2")) is Code.UNAUTHORIZED
    assert not desk.issuers.knows(desk.token(iss="https://nobody"))
