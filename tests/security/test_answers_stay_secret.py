"""No candidate reads a right answer (E1): everything a candidate is sent, walked to its leaves."""

from typing import Any

import httpx

from protocol.types import Role
from tests import papers
from tests.edge.clients import Client
from tests.edge.house import EXAM, House, attempt_of
from tests.edge.rooms_to_let import Enter

FORBIDDEN = {
    "answer", "answers", "correct", "correct_answer", "score_key", "key", "explanation", "grading",
    "solution", "feedback", "guidance", "tolerance", "case_sensitive", "scheme", "topic", "author",
    "authored", "external_id",
}  # fmt: skip
TEXTS = ("1911", "mercury", "Evaporation", "पारा")
"""Found in keys and explanations of the paper of these tests, and nowhere in its questions."""


def names(node: Any) -> set[str]:
    """Every name in a payload, at any depth."""
    if isinstance(node, list):
        return set().union(*map(names, node)) if node else set()
    if isinstance(node, dict):
        return set(node) | names(list(node.values()))
    return set()


async def everything(house: House, enter: Enter) -> list[Any]:
    """All that a candidate is sent in an exam, refusals and other people's acts included."""
    client = await enter(house, await house.candidate())
    sent = [await client.join(), await client.ok("start", {"id": "s"}), await client.join()]
    sent += [await client.answer(n, right, item) for n, (item, right) in enumerate(right(), 1)]
    sent.append(await client.call("answer", {"seq": 9, "item": "q9", "response": 1}))
    sent.append(await client.call("answer", [{"seq": 10, "item": "q3", "response": "x"}]))
    sent.append(await client.call("nonsense", {}))
    sent.append(await client.ok("heartbeat"))
    sent += await acted_on(house, enter, client)
    sent.append(await client.join())
    return [*sent, *client.heard, *client.refusals]


def right() -> list[tuple[str, Any]]:
    """All the right responses, so that a server which judged them would say so."""
    return list(papers.right_responses().items())


async def acted_on(house: House, enter: Enter, client: Client) -> list[Any]:
    """What examiners do is told to the candidate."""
    eva = await enter(house, "eva", Role.EXAMINER)
    act = {"exam": EXAM, "attempts": [attempt_of(client.subject)], "reason": "test"}
    await eva.ok("extend", {**act, "id": eva.id("x"), "extra_ms": 60_000})
    await eva.ok("pause", {**act, "id": eva.id("x")})
    await eva.ok("resume", {**act, "id": eva.id("x")})
    await eva.ok("message", {**act, "id": eva.id("x"), "text": "hello"})
    await eva.ok("terminate", {**act, "id": eva.id("x")})
    closed = await client.told("closed")
    await eva.ok("reopen", {**act, "id": eva.id("x"), "extra_ms": 60_000})
    return [closed, await client.told("reopened"), await client.told("notice")]


async def test_nothing_a_candidate_is_sent_names_or_holds_a_right_answer(
    house: House, enter: Enter
) -> None:
    sent = await everything(house, enter)
    assert len(sent) > 15
    assert names(sent) & FORBIDDEN == set()
    own = [each for each in sent if "responses" not in str(each)]
    assert not [text for text in TEXTS if text in str(own)]


async def test_options_are_not_in_an_order_that_gives_the_answer_away(
    house: House, enter: Enter
) -> None:
    client = await enter(house, await house.candidate())
    paper = (await client.start())["paper"]
    items = {item["id"]: item for section in paper["sections"] for item in section["items"]}
    ids = [option["id"] for option in items["q1"]["options"]]
    assert ids == sorted(ids)


async def test_a_right_answer_is_acked_like_a_wrong_one(house: House, enter: Enter) -> None:
    client = await enter(house, await house.candidate())
    await client.start()
    right, wrong = await client.answer(1, True), await client.answer(2, False)
    assert set(right) == set(wrong)


async def test_nothing_over_http_is_for_candidates(house: House) -> None:
    headers = {"authorization": f"Bearer {house.token('asha')}"}
    async with httpx.AsyncClient(base_url=house.url, headers=headers) as client:
        for path in ("export", "results"):
            response = await client.get(f"/admin/exams/{EXAM}/{path}")
            assert response.status_code == 403
            assert set(response.json()) <= {"code", "title", "detail", "retry", "status"}
