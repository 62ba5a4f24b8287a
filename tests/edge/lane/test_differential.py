"""The lane and the stock way are fed the same bytes, and say and do the same.

Two candidates of one exam: one connects on the lane, one through ASGI, to the same app.
"""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.frames import Opcode

from examsync.attempts.desk import Reply
from examsync.edge.lane.entrance import Entrance
from examsync.edge.lane.lane import Lane
from tests.edge.house import EXAM, House, attempt_of, beside, until
from tests.edge.lane.far import masked
from tests.edge.lane.talking import Talk, alike
from tests.edge.test_door import BAD

RECORDED = Path(__file__).parents[2] / "data" / "socket.io-client-4.8.4.txt"
"""What that client sent while a whole exam was sat, with TOKEN and LEASE in place of its own."""

Pair = tuple[House, House]
Segment = tuple[list[str], bytes, list[int], set[int]]
"""Texts, the bytes they become, where those are cut, and which ids are to be acknowledged."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pair(house: House) -> AsyncIterator[Pair]:
    """One app, served on the lane and through ASGI."""
    async with beside(house) as stock:
        assert house.server.config.ws_protocol_class is Entrance
        assert stock.server.config.ws_protocol_class is not Entrance
        yield house, stock


# Few of each, so that they meet: seqs repeat, items are answered again.
responses = st.sampled_from([True, False, None, "a", "अ" * 50, ["a", "b"], 3.5, {"x": 1}, "y" * 70])
answers = st.fixed_dictionaries(
    {
        "seq": st.integers(0, 8),
        "item": st.sampled_from(["q1", "q2", "q3", "no"]),
        "response": responses,
    },
    optional={"flag": st.booleans(), "spent_ms": st.integers(-1, 9_000), "other": st.just(1)},
)
commands = st.one_of(
    st.tuples(st.just("answer"), answers),
    st.tuples(st.just("answer"), answers),
    st.tuples(st.just("answer"), st.lists(answers, max_size=4)),
    st.tuples(st.just("heartbeat"), st.sampled_from([{}, {"pending": 3, "visible": True}, [], 7])),
    st.tuples(st.just("raise_hand"), st.fixed_dictionaries({"id": st.sampled_from("abc")})),
    st.tuples(st.just("acknowledge"), st.just({"id": "k", "notice": "none"})),
    st.tuples(st.sampled_from(["connect", "disconnect", "nonsense", "", "watch"]), st.just({})),
).map(lambda command: json.dumps(command, ensure_ascii=False))
bodies = st.one_of(
    commands, commands, commands, st.sampled_from([*BAD.values(), "[]", "[{}]", "[7]"])
)


def framed(draw: Callable[[Any], Any], text: str) -> bytes:
    """The frames of a message: in one, or in parts with a pong between."""
    data, places = text.encode(), [0]
    if draw(st.integers(0, 3)) == 0:
        places += sorted(draw(st.lists(st.integers(0, len(data)), min_size=1, max_size=2)))
    out = b""
    for n, (start, end) in enumerate(zip(places, [*places[1:], len(data)], strict=True)):
        sort = Opcode.TEXT if n == 0 else Opcode.CONT
        out += masked(data[start:end], sort, fin=n == len(places) - 1)
    return out


@st.composite
def segments(draw: Callable[[Any], Any]) -> Segment:
    """Some events, in some frames, in some pieces. Ids are made unique later."""
    texts: list[str] = []
    for body in draw(st.lists(bodies, max_size=10)):
        head = draw(st.sampled_from(["42/exam,#"] * 8 + ["42/exam,", "42/monitor,#", "3"]))
        texts.append(head if head == "3" else head + body)
    numbered, ids, first = [], set(), draw(st.integers(10, 10**6))
    for n, text in enumerate(texts):
        if text.startswith("42/exam,#"):
            ids.add(first + n)
        numbered.append(text.replace("#", str(first + n), 1))
    data = b"".join(framed(draw, text) for text in numbered)
    return numbered, data, draw(st.lists(st.integers(0), max_size=8)), ids


ENDS = [
    masked(b"x"),
    masked(b"\x00", Opcode.BINARY),
    masked(b"42/exam,1[\xff]"),
    masked(b"42/exam,1[" + b" " * 65_536 + b"]"),
    masked(b"\x03\xe8", Opcode.CLOSE),
    masked(b"\x0f\xa1mine", Opcode.CLOSE),
    masked(b"", Opcode.CLOSE),
    masked(b"1"),
    masked(b"\x00", Opcode.CLOSE),
    b"\x81\x02hi",
    masked(b"3") * 40,
]


async def sat(house: House, script: list[Segment], end: bytes | None) -> tuple[Any, ...]:
    """What a new candidate of this house hears, and how the attempt stands in the end."""
    subject = await house.candidate()
    talk = await Talk(house, subject).open()
    hello = (
        f"40/exam,{json.dumps(house.auth(subject))}",
        f'42/exam,0["join",{{"id":"j","exam":"{EXAM}"}}]',
    )
    await talk.write(b"".join(masked(text.encode()) for text in hello), [])
    await talk.heard({0})
    await talk.write(masked(b'42/exam,1["start",{"id":"s"}]'), [3, 20])
    await talk.heard({1})
    for _, data, cuts, ids in script:
        talk.acks = {id_: ack for id_, ack in talk.acks.items() if id_ not in ids}
        await talk.write(data, cuts)
        await talk.heard(ids)
    code = None
    if end is not None:
        await talk.write(end, [])
        code = await talk.ended()
    talk.leave()
    await until(lambda: house.sids() == (0, 0, 0, 0))
    return *talk.said(), code, await stands(house, subject)


async def stands(house: House, subject: str) -> Any:
    """What is known of the attempt, without what is its own."""
    await house.app.attempts.drained()
    found: list[Reply] = []
    house.app.attempts.view(attempt_of(subject)).then(found.append)
    await until(lambda: found)
    attempt = found[0].attempt
    assert attempt is not None
    held = {
        item: (one.seq, one.digest, one.flag, one.late) for item, one in attempt.responses.items()
    }
    return alike(msgspec.to_builtins((attempt.core, attempt.rev))), held


@settings(max_examples=40, report_multiple_bugs=False)
@given(st.lists(segments(), min_size=1, max_size=3), st.none() | st.sampled_from(ENDS))
async def test_the_same_bytes_are_answered_alike(
    pair: Pair, script: list[Segment], end: bytes | None
) -> None:
    lane, stock = pair
    ours, theirs = await sat(lane, script, end), await sat(stock, script, end)
    differing = {id_: (ack, theirs[0].get(id_)) for id_, ack in ours[0].items()}
    assert not {id_: both for id_, both in differing.items() if both[0] != both[1]}
    assert ours == theirs


async def test_what_a_client_has_sent_is_answered_alike(pair: Pair) -> None:
    texts = RECORDED.read_text().splitlines()
    replies = []
    for house in pair:
        subject = await house.candidate()
        talk = await Talk(house, subject).open()
        for text in texts:
            lease = talk.acks.get(0, {"lease": ""})["lease"]
            said = text.replace("TOKEN", house.token(subject)).replace("LEASE", lease)
            await talk.write(masked(said.encode()), [])
            ack = said.removeprefix("42/exam,").partition("[")[0]
            if ack.isdigit():
                await talk.heard({int(ack)})
        talk.leave()
        await until(lambda: house.sids() == (0, 0, 0, 0))  # noqa: B023
        replies.append((*talk.said(), await stands(house, subject)))
    assert replies[0] == replies[1]
    acks = replies[0][0]
    assert len(acks) > 5
    assert all(ack["ok"] for ack in acks.values())


async def test_each_house_serves_its_own_way(pair: Pair) -> None:
    for house, kind in zip(pair, (True, False), strict=True):
        talk = await Talk(house, "asha").open()
        (line,) = house.front.guard.wires
        assert isinstance(line, Lane) is kind
        talk.leave()
        await until(lambda: house.sids() == (0, 0, 0, 0))  # noqa: B023
