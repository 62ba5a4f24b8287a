"""What one candidate's order or ack tells about another's, or about the key (E26): nothing."""

import ast
import hashlib
from pathlib import Path
from typing import Any

from msgspec import structs

import examsync.attempts
from examsync.bank.paper import order_for
from examsync.exams.service import Exams
from protocol.types import Role
from tests import papers
from tests.edge.calling import calling
from tests.edge.house import EXAM, House, attempt_of
from tests.edge.rooms_to_let import Enter

MANY = 60


async def test_each_candidate_has_an_order_of_ones_own_which_no_public_name_gives(
    house: House, enter: Enter
) -> None:
    orders: dict[str, Any] = {}
    for _ in range(4):
        who = await house.candidate()
        client = await enter(house, who)
        started = await client.start()
        orders[attempt_of(who)] = started["order"]
        assert (await client.join())["order"] == started["order"], "the same whenever it is asked"
    assert len({str(order) for order in orders.values()}) > 1
    paper = papers.paper()
    for attempt, order in orders.items():
        for text in (attempt, EXAM, attempt + EXAM):
            for seed in (
                hashlib.blake2b(text.encode(), digest_size=32).digest(),
                hashlib.sha256(text.encode()).digest(),
                text.encode().ljust(32, b"\0"),
            ):
                guess = order_for(paper, seed)
                assert (guess.items, guess.options) != (order["items"], order["options"])
        assert set(order["items"]) == {item.id for item in paper.items()}


async def test_another_key_gives_another_order(house: House) -> None:
    exams = house.app.exams
    await exams.refresh(EXAM)
    attempts = [f"a-{n}" for n in range(MANY)]
    mine = [exams.order(EXAM, each) for each in attempts]
    other = object.__new__(Exams)
    other.__dict__.update(exams.__dict__ | {"_order_key": b"another key of 32 bytes or more.."})
    theirs = [other.order(EXAM, each) for each in attempts]
    alike = sum(one == two for one, two in zip(mine, theirs, strict=True))
    assert alike < MANY // 4, "as many as chance brings"


async def test_where_the_right_option_stands_says_nothing(house: House) -> None:
    """Over many candidates it stands everywhere about as often."""
    exams = house.app.exams
    await exams.refresh(EXAM)
    right = papers.right_responses()["q1"]
    places = [0, 0, 0, 0]
    for n in range(MANY * 10):
        order = exams.order(EXAM, f"place-{n}").options["q1"]
        places[order.index(str(right))] += 1
    assert min(places) > MANY * 10 // 8
    assert max(places) < MANY * 10 // 2


async def test_the_answer_path_has_no_key_to_look_at(house: House) -> None:
    """An ack cannot take longer for a right answer: what decides it never sees a key."""
    await house.app.exams.refresh(EXAM)
    for item in house.app.exams.items(EXAM).values():
        assert not {"answer", "answers", "guidance", "explanation"} & set(item.__struct_fields__)
    for file in Path(examsync.attempts.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith(("examsync.grading", "examsync.bank.q"))


async def test_the_paper_is_the_same_bytes_for_all_so_it_names_nobody(house: House) -> None:
    async with calling(house, "eva", Role.EXAMINER) as eva:
        first = (await eva.get(f"/admin/exams/{EXAM}/paper")).content
        second = (await eva.get(f"/admin/exams/{EXAM}/paper")).content
    assert first == second
    assert structs.asdict(house.app.exams.paper(EXAM)).keys() == {
        "id", "title", "sections", "instructions",
    }  # fmt: skip
