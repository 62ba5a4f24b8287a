"""Right answers, tolerances, explanations and the like (E1): everything a candidate is sent, by
socket and by HTTP, in every state of the exam, for every kind of question, walked to its leaves.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from examsync.attempts.attempt import Seat
from examsync.exams.exam import Terms
from protocol.from_client import EVENTS_EXAM
from protocol.types import ItemKind, Role
from tests.edge.calling import calling
from tests.edge.clients import Client
from tests.edge.house import HOUR_MS, READY_S, House, attempt_of
from tests.security import secret_questions as questions
from tests.security.matrix import ROUTES
from tests.security.scenes import sent
from tests.security.test_answers_stay_secret import FORBIDDEN, names

EXAM = "secret-exam"
MARKS = {
    "outcome", "outcomes", "whole", "total", "score", "counts", "by_hand", "result", "grade",
    "correctness", "right", "wrong", "relative", "low", "high", "is", "answers_right", "tags",
    "difficulty", "shuffle", "ruling", "ruled", "fingerprint",
}  # fmt: skip
"""Names under which marks and keys are told to others, and to candidates after release."""
PEOPLE = ("early", "right", "wrong", "nobody")
MINE: dict[str, Any] = {"exams": frozenset({EXAM})}


class Recorder(Client):
    """A candidate who keeps all acks, too."""

    acks: list[Any]

    async def call(self, event: str, body: Any = None) -> Any:
        """The ack, kept."""
        ack = await super().call(event, body)
        self.acks = [*getattr(self, "acks", []), ack]
        return ack

    def everything(self) -> list[Any]:
        """All that was sent to this candidate."""
        return [*self.acks, *self.heard, *self.refusals]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hall(house: House) -> AsyncIterator[House]:
    """An exam on the paper with secrets."""
    await questions.put(house.app.pool)
    now = house.app.clock.now()
    terms = Terms(now - 60_000, now + HOUR_MS, now + 2 * HOUR_MS, HOUR_MS // 2)
    await house.app.exams.create(EXAM, "An exam", questions.PAPER, terms, "admin:root")
    await house.app.exams.publish(EXAM)
    await house.app.records.register([Seat(EXAM, who, who.title()) for who in PEOPLE])
    yield house


def secrets_in(sent_: list[Any]) -> list[str]:
    """Words and numbers of the keys that stand in what was sent."""
    text = json.dumps(sent_)
    return [secret for secret in questions.SECRETS if secret in text]


async def sat(house: House, who: str, responses: dict[str, Any]) -> Recorder:
    """Everything that a candidate can send, rightly and wrongly, and what others do meanwhile."""
    client = Recorder(house, who)
    await client.connect(**MINE)
    await client.join(EXAM)
    await client.ok("start", {"id": f"start-{who}"})
    for seq, (item, response) in enumerate(responses.items(), start=1):
        await client.answer(seq, response, item)
    for seq, (item, response) in enumerate(questions.unfit().items(), start=50):
        await client.call("answer", {"seq": seq, "item": item, "response": response})
    many = [
        {"seq": 80 + n, "item": item, "response": response}
        for n, (item, response) in enumerate((questions.unfit() | {"q9": 1}).items())
    ]
    await client.call("answer", many)
    await client.call("answer", {"seq": 1, "item": "q3", "response": None})
    for event in EVENTS_EXAM:
        await client.call(event, {"id": f"{event}-{who}", "kind": "other", "at": 1, "notice": "n"})
    await acted_on(house, client)
    await client.call("submit", {"id": f"submit-{who}", "holds": {"q1": ["1-x", 99]}})
    await client.ok("submit", {"id": f"submitted-{who}", "holds": {}})
    await client.call("answer", {"seq": 99, "item": "q1", "response": "late"})
    await client.join(EXAM)
    return client


async def acted_on(house: House, client: Recorder) -> None:
    """What examiners do is told to the candidate."""
    eva = await Client(house, "eva", Role.EXAMINER).connect(**MINE)
    act = {"exam": EXAM, "attempts": [attempt_of(client.subject, EXAM)], "reason": "test"}
    acts: dict[str, dict[str, Any]] = {
        "extend": {"extra_ms": 60_000}, "pause": {}, "resume": {}, "message": {"text": "hello"},
        "terminate": {}, "reopen": {"extra_ms": 60_000}, "resolve": {}, "approve_takeover": {},
    }  # fmt: skip
    for event, more in acts.items():
        await eva.call(event, {**act, **more, "id": eva.id(event)})
    await eva.ok("announce", {"id": eva.id("announce"), "exam": EXAM, "text": "to all"})
    await client.told("reopened")
    await eva.leave()


async def over_http(house: House, who: str) -> list[Any]:
    """What every route answers to this candidate, about itself and the bank."""
    found: list[Any] = []
    aim = {"exam": EXAM, "candidate": who, "attempt": attempt_of(who, EXAM), "unique": "u-1"}
    aim |= {"bank": questions.BANK, "paper": questions.PAPER}
    aim |= dict.fromkeys(("account", "key", "webhook"), "x")
    async with calling(house, who, Role.CANDIDATE, **MINE) as client:
        for key, row in ROUTES.items():
            if key[1] not in ("/openapi.json", "/metrics", "/sign-out"):
                found.append(told(await sent(client, key, row, aim)))
    return found


def told(response: httpx.Response) -> Any:
    """The body, read if it can be, and the headers."""
    json_ = response.headers.get("content-type", "").split(";")[0].endswith("json")
    return [response.json() if json_ else response.text, dict(response.headers)]


async def test_the_paper_has_every_kind_and_all_secrets_are_kept(hall: House) -> None:
    """For staff they can be read: they are looked for in the right words."""
    shown = {type(each).__struct_config__.tag for each in questions.questions()}
    assert shown == {kind.value for kind in ItemKind}
    async with calling(hall) as root:
        page = (await root.get(f"/admin/papers/{questions.PAPER}")).text
        page += (await root.get(f"/admin/banks/{questions.BANK}/questions")).text
    assert [secret for secret in questions.SECRETS if secret not in page] == []


async def test_before_the_start_nothing_of_the_paper_is_told(hall: House) -> None:
    early = Recorder(hall, "early")
    await early.connect(**MINE)
    await early.join(EXAM)
    await early.call("answer", {"seq": 1, "item": "q1", "response": "x"})
    await early.call("submit", {"id": "submit-early", "holds": {}})
    everything = [*early.everything(), *await over_http(hall, "early")]
    await early.leave()
    assert secrets_in(everything) == []
    text = json.dumps(everything)
    stems = [each.stem for each in questions.questions()]
    assert [stem for stem in [*stems, questions.OPTIONS[0].id] if stem in text] == []


@pytest.mark.parametrize("who", ["right", "wrong"])
async def test_before_release_nothing_names_or_holds_a_key_or_a_mark(hall: House, who: str) -> None:
    responses = questions.right() if who == "right" else questions.wrong()
    client = await sat(hall, who, responses)
    attempt = attempt_of(who, EXAM)
    async with calling(hall) as root:
        await marked(root, who)
        if who == "wrong":
            given = {"attempt": attempt, "item": "q6", "marks": "3.0625", "note": "zqnote"}
            await root.post(f"/admin/exams/{EXAM}/marking", json=given)
        ruling = {"item": "q3", "rule": "full_to_all", "reason": "zqreason"}
        await root.post(f"/admin/exams/{EXAM}/rulings", json=ruling)
        await root.post(f"/admin/exams/{EXAM}/regrades", json={"reason": "zqreason"})
    await client.join(EXAM)
    await client.ok("heartbeat")
    everything = [*client.everything(), *await over_http(hall, who)]
    await client.leave()
    assert len(client.acks) >= 30
    assert names(everything) & (FORBIDDEN | MARKS) == set()
    assert secrets_in(everything) == []
    assert not [each for each in ("zqnote", "zqreason", "3.0625") if each in str(everything)]


async def marked(root: httpx.AsyncClient, who: str) -> None:
    """Wait until there are marks, as far as a machine gives any."""
    async with asyncio.timeout(READY_S):
        while True:
            page = (await root.get(f"/admin/exams/{EXAM}/results?q={who}")).json()
            if "whole" in page[0]:
                return
            await asyncio.sleep(0.05)


async def test_a_right_answer_is_acked_as_a_wrong_one_is(hall: House) -> None:
    """For every kind: no field, no length of a proof, nothing that depends on the key."""
    shapes = []
    for who, responses in (("right-2", questions.right()), ("wrong-2", questions.wrong())):
        await hall.app.records.register([Seat(EXAM, who, who)])
        client = Recorder(hall, who)
        await client.connect(**MINE)
        await client.join(EXAM)
        await client.ok("start", {"id": f"start-{who}"})
        acks = [
            await client.answer(seq, responses[item], item)
            for seq, item in enumerate(questions.right(), start=1)
        ]
        shapes.append([[sorted(ack), len(ack["rev"])] for ack in acks])
        await client.leave()
    assert shapes[0] == shapes[1]


REVEALS = {
    "total": (set(), {"outcome", "key", "explanation"}),
    "outcomes": ({"outcome"}, {"key", "explanation"}),
    "keys": ({"outcome", "explanation"}, set[str]()),
}
"""What has to be named in a result, and what must not be, by how much is released."""


@pytest.mark.parametrize("reveal", REVEALS)
async def test_after_release_as_much_is_told_as_was_released(hall: House, reveal: str) -> None:
    who = f"released-{reveal}"
    await hall.app.records.register([Seat(EXAM, who, who)])
    client = await sat(hall, who, questions.right())
    attempt = attempt_of(who, EXAM)
    async with calling(hall) as root, calling(hall, who, Role.CANDIDATE, **MINE) as own:
        await marked(root, who)
        mark = {"attempt": attempt, "item": "q6", "marks": "0"}
        said = {"reveal": reveal, "attempts": [attempt]}
        await root.post(f"/admin/exams/{EXAM}/marking", json=mark)
        assert (await root.post(f"/admin/exams/{EXAM}/release", json=said)).status_code == 200
        await client.told("results")
        result = (await own.get(f"/my/exams/{EXAM}/result")).json()
        there, absent = REVEALS[reveal]
        assert names(result) >= there
        assert names(result) & absent == set()
        assert bool(secrets_in([result])) is (reveal == "keys")
        assert secrets_in([*client.everything(), (await own.get("/my/exams")).json()]) == []
        await root.post(f"/admin/exams/{EXAM}/withdraw", json={"attempts": [attempt]})
        again = await own.get(f"/my/exams/{EXAM}/result")
        assert (again.status_code, secrets_in([again.text])) == (404, [])
        other = await own.get(f"/admin/exams/{EXAM}/results")
        assert other.status_code == 403
    await client.leave()
