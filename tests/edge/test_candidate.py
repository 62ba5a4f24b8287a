"""A candidate's exam over an unmodified Socket.IO client."""

import pytest

from protocol.types import Role
from tests.edge.clients import Client
from tests.edge.house import EXAM, OTHER_EXAM, House, attempt_of, until
from tests.edge.rooms_to_let import Enter


async def sitting(house: House, enter: Enter) -> Client:
    client = await enter(house, await house.candidate())
    await client.start()
    return client


async def test_joining_gives_the_whole_view(house: House, enter: Enter) -> None:
    who = await house.candidate()
    view = await (await enter(house, who)).join()
    assert view["attempt"] == attempt_of(who)
    assert view["exam"] == EXAM
    assert view["state"] == "not_started"
    assert view["lease"]
    assert view["heartbeat_period_s"] == 10.0
    assert view["responses"] == {}
    assert "paper" not in view


async def test_starting_shows_the_paper_in_an_order_of_ones_own(house: House, enter: Enter) -> None:
    client = await enter(house, await house.candidate())
    started = await client.start()
    items = [item["id"] for section in started["paper"]["sections"] for item in section["items"]]
    assert sorted(started["order"]["items"]) == sorted(items)
    assert started["deadline"] > started["started_at"]
    again = await client.ok("start", {"id": client.id("start")})
    assert again["order"] == started["order"]


async def test_an_answer_is_saved_before_it_is_acked(house: House, enter: Enter) -> None:
    client = await sitting(house, enter)
    ack = await client.answer(1)
    assert ack["seq"] == 1
    assert ack["receipt"]
    stored = await house.app.attempts.view(attempt_of(client.subject))
    assert stored.attempt is not None
    assert stored.attempt.responses["q3"].response is True
    assert list(stored.attempt.rev) == ack["rev"]


async def test_a_repeat_gets_the_same_receipt(house: House, enter: Enter) -> None:
    client = await sitting(house, enter)
    first, again = await client.answer(1), await client.answer(1)
    assert again["receipt"] == first["receipt"]
    assert again["rev"] == first["rev"]


async def test_a_list_of_answers_has_one_result_each_in_order(house: House, enter: Enter) -> None:
    client = await sitting(house, enter)
    said = [
        {"seq": 1, "item": "q3", "response": True},
        {"seq": 2, "item": "nowhere", "response": 1},
        {"seq": 3, "item": "q4", "response": "3.14"},
    ]
    results = (await client.ok("answer", said))["results"]
    assert [(r["seq"], r["ok"]) for r in results] == [(1, True), (2, False), (3, True)]
    assert results[1]["problem"]["code"] == "unknown_item"
    assert results[0]["receipt"] != results[2]["receipt"]


async def test_a_new_browser_goes_on_where_the_old_one_was(house: House, enter: Enter) -> None:
    client = await sitting(house, enter)
    ack = await client.answer(4, False)
    await client.leave()
    other = await enter(house, client.subject, instance="another-browser")
    view = await other.join()
    assert view["state"] == "in_progress"
    assert view["responses"]["q3"]["response"] is False
    assert view["responses"]["q3"]["receipt"] == ack["receipt"]
    assert view["paper"]["id"] == "paper-1"
    await other.answer(1)


async def test_a_heartbeat_tells_time_and_what_is_durable(house: House, enter: Enter) -> None:
    client = await sitting(house, enter)
    ack = await client.answer(1)
    await until(lambda: durable_of(house, client) >= tuple(ack["rev"]))
    beat = await client.ok("heartbeat", {"pending": 0, "rtt_ms": 12, "visible": True})
    assert beat["durable"] == ack["rev"]
    assert beat["deadline"] > beat["server_time"]


def durable_of(house: House, client: Client) -> tuple[int, int]:
    attempt = house.app.attempts.confirmed(attempt_of(client.subject))
    return attempt.durable if attempt is not None else (0, 0)


async def test_submitting_names_what_is_missing_then_closes(house: House, enter: Enter) -> None:
    client = await enter(house, await house.candidate())
    lease = (await client.join())["lease"]
    await client.ok("start", {"id": client.id("start")})
    await client.answer(1)
    holds = {"q3": [lease, 1], "q4": [lease, 2]}
    ack = await client.call("submit", {"id": client.id("submit"), "holds": holds})
    assert ack["problem"]["code"] == "answers_missing"
    assert ack["problem"]["data"] == {"items": ["q4"]}
    await client.answer(2, "3.14", item="q4")
    await client.ok("submit", {"id": client.id("submit"), "holds": holds})
    assert (await client.told("closed"))["state"] == "submitted"
    assert (
        await client.refused("answer", {"seq": 3, "item": "q3", "response": True})
        == "attempt_closed"
    )


async def test_signals_hands_and_notices_are_commands(house: House, enter: Enter) -> None:
    client = await sitting(house, enter)
    signal = {"id": client.id("v"), "kind": "tab_hidden", "at": 1}
    assert (await client.ok("violation", signal))["receipt"]
    assert (await client.ok("raise_hand", {"id": client.id("h"), "text": "help"}))["rev"]
    unknown = {"id": client.id("a"), "notice": "n-0"}
    assert await client.refused("acknowledge", unknown) == "not_found"
    eva = await enter(house, "eva", Role.EXAMINER)
    said = {"id": eva.id("m"), "exam": EXAM, "attempts": [attempt_of(client.subject)]}
    await eva.ok("message", {**said, "text": "Look at q3."})
    notice = await client.told("notice")
    assert notice["text"] == "Look at q3."
    await client.ok("acknowledge", {"id": client.id("a"), "notice": notice["id"]})


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("start", {"id": "s-1"}),
        ("answer", {"seq": 1, "item": "q3", "response": True}),
        ("answer", [{"seq": 1, "item": "q3", "response": True}]),
        ("heartbeat", {}),
        ("violation", {"id": "v-1", "kind": "copy", "at": 1}),
        ("submit", {"id": "s-1", "holds": {}}),
        ("raise_hand", {"id": "h-1"}),
        ("acknowledge", {"id": "a-1", "notice": "n-1"}),
    ],
)
async def test_nothing_can_be_done_before_joining(
    house: House, enter: Enter, event: str, body: object
) -> None:
    client = await enter(house, await house.candidate())
    assert await client.refused(event, body) == "not_joined"


async def test_the_exam_is_the_tokens_and_the_candidate_is_registered(
    house: House, enter: Enter
) -> None:
    client = await enter(house, await house.candidate())
    assert await client.refused("join", {"id": "j-1", "exam": OTHER_EXAM}) == "forbidden"
    stranger = await enter(house, "stranger")
    assert await stranger.refused("join", {"id": "j-1", "exam": EXAM}) == "not_found"
    assert await stranger.refused("heartbeat") == "not_joined"


async def test_joining_another_exam_leaves_the_first(house: House, enter: Enter) -> None:
    who = await house.candidate()
    await house.candidate(exam=OTHER_EXAM)
    both = frozenset({EXAM, OTHER_EXAM})
    omar = await enter(house, "omar", exams=both)
    await omar.join(OTHER_EXAM)
    assert house.app.attempts.held(attempt_of("omar", OTHER_EXAM))
    client = await enter(house, who, exams=both)
    await client.join()
    assert await client.refused("join", {"id": "j-9", "exam": OTHER_EXAM}) == "not_found"
    assert house.app.attempts.held(attempt_of(who))


async def test_leaving_lets_the_attempt_go(house: House, enter: Enter) -> None:
    client = await sitting(house, enter)
    assert house.app.attempts.held(attempt_of(client.subject))
    await client.leave()
    await until(lambda: not house.app.attempts.held(attempt_of(client.subject)))
