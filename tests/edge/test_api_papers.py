"""Papers over real HTTP: made with sections, listed, shown with their keys."""

import itertools
from typing import Any

import httpx
import pytest

from examsync.bank import service as bank
from examsync.edge.api.errors import CONTENT_TYPE

JEE = {
    "title": "JEE मॉक",
    "instructions": "Be calm.",
    "marks": "3",
    "negative_marks": "-1",
    "sections": [
        {"title": "Words", "kind": "short_text", "count": 2, "negative_marks": "0"},
        {"title": "By lot", "count": 5, "random": True, "marks": "4", "scheme": "jee_advanced"},
    ],
}


NUMBERS = itertools.count(1)


@pytest.fixture
async def demo(root: httpx.AsyncClient) -> str:
    """A bank of the sample's questions, of which there are no papers yet."""
    name = f"demo-{next(NUMBERS)}"
    await root.post(f"/admin/banks/{name}/import?commit=true", content=bank.sample())
    return name


async def made(root: httpx.AsyncClient, demo: str, **changes: Any) -> Any:
    response = await root.post("/admin/papers", json=JEE | {"bank": demo} | changes)
    assert response.status_code == 201, response.text
    return (await root.get(f"/admin/papers/{response.json()['paper']}")).json()


async def test_a_paper_of_sections_is_shown_as_it_was_asked_for(
    root: httpx.AsyncClient, demo: str
) -> None:
    paper = await made(root, demo, paper=f"jee-{demo}")
    assert (paper["paper"], paper["title"], paper["bank"]) == (f"jee-{demo}", "JEE मॉक", demo)
    assert (paper["instructions"], paper["created_by"]) == ("Be calm.", "admin:root")
    words, lots = paper["sections"]
    assert [item["item"] for item in words["items"] + lots["items"]] == [
        f"q{n}" for n in range(1, 8)
    ]
    assert {item["question"]["kind"] for item in words["items"]} == {"short_text"}
    assert {item["negative_marks"] for item in words["items"]} == {"0"}
    assert {(item["marks"], item["scheme"]) for item in lots["items"]} == {("4", "jee_advanced")}
    assert (lots["maximum"], paper["questions"]) == ("20", 7)
    assert all(item["question"]["answers"] for item in words["items"])


async def test_questions_named_come_in_that_order(root: httpx.AsyncClient, demo: str) -> None:
    page = (await root.get(f"/admin/banks/{demo}/questions?limit=3")).json()["items"]
    ids = [each["question"]["external_id"] for each in page][::-1]
    sections = [{"title": "Mine", "questions": ids, "shuffle": False}]
    (section,) = (await made(root, demo, sections=sections))["sections"]
    assert [item["question"]["external_id"] for item in section["items"]] == ids
    assert section["shuffle"] is False


async def test_a_paper_without_sections_has_those_of_the_bank(
    root: httpx.AsyncClient, demo: str
) -> None:
    paper = await made(root, demo, sections=[], shuffle=False, limit=10)
    assert paper["questions"] == 10
    assert [section["shuffle"] for section in paper["sections"]] == [False] * len(paper["sections"])
    assert paper["sections"][0]["title"] == "Science"


async def test_papers_are_listed_sought_and_paged(root: httpx.AsyncClient, demo: str) -> None:
    for number, title in enumerate(["beta", "Alpha", "gamma"]):
        await made(root, demo, paper=f"x-{number}", title=title)
    page = (await root.get(f"/admin/papers?bank={demo}&sort=title&limit=2")).json()
    assert [each["title"] for each in page["items"]] == ["Alpha", "beta"]
    assert page["total"] == 3
    query = {"bank": demo, "sort": "title", "after": page["next"]}
    rest = (await root.get("/admin/papers", params=query)).json()
    assert [each["title"] for each in rest["items"]] == ["gamma"]
    assert rest["next"] is None
    (one,) = (await root.get(f"/admin/papers?q=ALPH&bank={demo}")).json()["items"]
    assert (one["paper"], one["questions"], one["bank"]) == ("x-1", 7, demo)
    assert one["maximum"] == (await root.get("/admin/papers/x-1")).json()["maximum"]
    newest = (await root.get(f"/admin/papers?bank={demo}")).json()["items"]
    assert [each["paper"] for each in newest] == ["x-2", "x-1", "x-0"]


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"bank": "none"}, 404, "has no questions"),
        ({"marks": "four"}, 400, "write 4"),
        ({"scheme": "guess"}, 400, "scheme"),
        ({"title": "a\x00b"}, 400, "title"),
        ({"limit": 0}, 400, "limit"),
        ({"sections": [{"title": "A", "kind": "numerical", "count": 999}]}, 400, "wants 999"),
        ({"sections": [{"title": "A", "questions": ["nowhere"]}]}, 400, "'nowhere'"),
        ({"sections": [{"title": ""}]}, 400, "title"),
        ({"sections": [{"title": "A"}] * 101}, 400, "sections"),
    ],
)
async def test_papers_that_cannot_be_made_say_why(
    root: httpx.AsyncClient, demo: str, changes: dict[str, Any], status: int, words: str
) -> None:
    response = await root.post("/admin/papers", json=JEE | {"bank": demo} | changes)
    assert response.headers["content-type"] == CONTENT_TYPE
    assert response.status_code == status
    assert words in response.json()["detail"]
    assert (await root.get(f"/admin/papers?bank={demo}")).json()["total"] == 0


@pytest.mark.parametrize(("path", "status"), [("nowhere", 404), ("a%00b", 400), ("a b", 400)])
async def test_a_paper_that_is_not_there_is_a_problem(
    root: httpx.AsyncClient, path: str, status: int
) -> None:
    assert (await root.get(f"/admin/papers/{path}")).status_code == status
