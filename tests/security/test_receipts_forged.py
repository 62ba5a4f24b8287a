"""Receipts (E5): whatever is changed in one, and wherever it is taken, it proves nothing else."""

import base64
import itertools
import json
from typing import Any

import msgspec
import pytest

from examsync.attempts import seal
from examsync.attempts.attempt import Seat
from examsync.errors import ExamError
from protocol.problems import Code
from tests.edge.clients import Client
from tests.edge.house import EXAM, OTHER_EXAM, House, attempt_of
from tests.edge.rooms_to_let import Enter

LETTERS = "Aa0-_.=Zz9"
AT_ONCE_MAX = 90


async def sitting(house: House, enter: Enter) -> Client:
    client = await enter(house, await house.candidate())
    await client.start()
    return client


def answer(receipt: str, seq: int = 1, **more: Any) -> dict[str, Any]:
    return {"seq": seq, "item": "q3", "response": True, "receipt": receipt, **more}


def unpacked(receipt: str) -> dict[str, Any]:
    """What a receipt is over."""
    effect = receipt.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(effect + "=" * (-len(effect) % 4)))
    return found


def repacked(receipt: str, fields: dict[str, Any]) -> str:
    """With other fields and the old proof."""
    kid, _, mac = receipt.split(".")
    effect = base64.urlsafe_b64encode(msgspec.json.encode(fields)).rstrip(b"=").decode()
    return f"{kid}.{effect}.{mac}"


def altered(receipt: str) -> list[str]:
    """Every character another one; each character left out, or there twice."""
    found = []
    for at, letter in enumerate(receipt):
        other = next(each for each in LETTERS if each != letter)
        found += [receipt[:at] + other + receipt[at + 1 :], receipt[:at] + receipt[at + 1 :]]
        found.append(receipt[:at] + letter + receipt[at:])
    return [each for each in dict.fromkeys(found) if each != receipt]


def another(value: Any) -> Any:
    """Something else of the same type."""
    if isinstance(value, bool):
        return not value
    return value + ("0" if isinstance(value, str) else 1)


async def refused_all(house: House, client: Client, receipts: list[str]) -> None:
    """None of them is believed; asked at the service, where no limit of rates is in the way."""
    attempt = attempt_of(client.subject)
    for each in receipts:
        with pytest.raises(ExamError) as refusal:
            seal.effect_of(house.app.attempts.env.keys, each, attempt, "answer", "q3")
        assert refusal.value.code is Code.BAD_RECEIPT


async def test_every_character_of_a_receipt_counts(house: House, enter: Enter) -> None:
    client = await sitting(house, enter)
    receipt: str = (await client.answer(1))["receipt"]
    forged = altered(receipt)
    assert len(forged) > 3 * len(receipt) // 2
    await refused_all(house, client, forged)
    sample = list(itertools.islice(forged, 0, None, max(1, len(forged) // AT_ONCE_MAX)))
    acks = (await client.ok("answer", [answer(each, 2) for each in sample[:AT_ONCE_MAX]]))[
        "results"
    ]
    assert {ack["problem"]["code"] for ack in acks} == {"bad_receipt"}


async def test_every_field_of_a_receipt_counts(house: House, enter: Enter) -> None:
    client = await sitting(house, enter)
    receipt: str = (await client.answer(1))["receipt"]
    fields = unpacked(receipt)
    assert fields
    changed: list[dict[str, Any]] = [{**fields, "more": 1}, {}]
    for name, value in fields.items():
        changed.append({key: each for key, each in fields.items() if key != name})
        changed.append({**fields, name: another(value)})
    for each in changed:
        forged = repacked(receipt, each)
        assert await client.refused("answer", answer(forged)) == "bad_receipt", each


async def test_a_receipt_is_of_one_attempt_one_item_one_kind(house: House, enter: Enter) -> None:
    client, other = await sitting(house, enter), await sitting(house, enter)
    receipt: str = (await client.answer(1))["receipt"]
    started: str = (await client.ok("start", {"id": client.id("again")}))["receipt"]
    before = (await other.join())["rev"]
    for event, body in {
        "answer": answer(receipt),
        "start": {"id": "s-1", "receipt": receipt},
        "violation": {"id": "v-1", "kind": "copy", "at": 1, "receipt": receipt},
        "raise_hand": {"id": "h-1", "receipt": receipt},
        "acknowledge": {"id": "a-1", "notice": "n", "receipt": receipt},
        "submit": {"id": "u-1", "holds": {}, "receipt": receipt},
    }.items():
        assert await other.refused(event, body) == "bad_receipt", event
        if event != "answer":
            assert await client.refused(event, body) == "bad_receipt", event
    assert await client.refused("answer", answer(started, 7)) == "bad_receipt"
    assert await client.refused("answer", answer(receipt) | {"item": "q6"}) == "bad_receipt"
    assert (await other.ok("heartbeat"))["rev"] == before


async def test_a_receipt_of_the_same_person_at_another_exam_is_worth_nothing(
    house: House, enter: Enter
) -> None:
    both = frozenset({EXAM, OTHER_EXAM})
    who = await house.candidate()
    await house.app.records.register([Seat(OTHER_EXAM, who, who)])
    here = await enter(house, who, exams=both)
    await here.start()
    receipt = (await here.answer(1))["receipt"]
    there = await enter(house, who, exams=both, instance="other")
    await there.join(OTHER_EXAM)
    await there.ok("start", {"id": "s-other"})
    assert await there.refused("answer", answer(receipt)) == "bad_receipt"


async def test_a_receipt_of_another_server_is_worth_nothing(house: House, enter: Enter) -> None:
    """Made with all that is known but the key."""
    client = await sitting(house, enter)
    receipt: str = (await client.answer(1))["receipt"]
    keys = house.app.attempts.env.keys
    foreign = msgspec.structs.replace(keys, receipts=dict.fromkeys(keys.receipts, b"f" * 32))
    effect = json.dumps(unpacked(receipt), separators=(",", ":"))
    attempt = attempt_of(client.subject)
    assert seal.receipt(keys, attempt, "answer", "q3", effect) == receipt, "made as it is made"
    forged = seal.receipt(foreign, attempt, "answer", "q3", effect)
    assert await client.refused("answer", answer(forged)) == "bad_receipt"
