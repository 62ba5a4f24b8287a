"""Markup in names, questions, notices and signals (E22): told as text and shown as text. That
browsers show it as text is in `tests/browser/test_markup.py`."""

import json
import re
from typing import Any

import pytest

from examsync.attempts.attempt import Seat
from examsync.devstack import pages
from protocol.types import Role
from tests.edge.calling import calling
from tests.edge.house import EXAM, House, attempt_of
from tests.edge.rooms_to_let import Enter

NASTY = "<img src=x onerror=alert(1)><script>alert(1)</script><svg/onload=alert(1)>"
LINK = "[x](javascript:alert(1)) <a href='javascript:alert(1)'>x</a>"
INERT = {"application/json", "application/problem+json", "text/csv", "application/x-ndjson"}
"""Types that no browser runs; each comes with nosniff."""
WAYS_IN = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|"
    r"\beval\(|new Function\(|srcdoc|DOMParser|createContextualFragment"
)
"""Ways by which a text becomes markup."""


async def test_what_is_told_of_markup_is_data_and_never_a_page(house: House, enter: Enter) -> None:
    who = await house.candidate()
    seat = Seat(EXAM, f"{who}-x", NASTY, "hall <b>1</b>", LINK)
    await house.app.records.register([seat])
    client = await enter(house, seat.candidate)
    await client.start()
    await client.answer(1, NASTY, "q6")
    await client.ok("raise_hand", {"id": "h", "text": NASTY})
    signal = {"id": "v", "kind": "other", "at": 1, "detail": NASTY}
    await client.ok("violation", signal)
    attempt = attempt_of(seat.candidate)
    paths = ["candidates", "candidates?format=csv", "results", "results?format=csv", "export"]
    async with calling(house, "eva", Role.EXAMINER) as eva:
        for path in [f"/admin/exams/{EXAM}/{each}" for each in paths] + [
            f"/exams/{EXAM}/attempts/{attempt}/timeline",
            f"/admin/exams/{NASTY}",
        ]:
            response = await eva.get(path)
            sort = response.headers["content-type"].split(";")[0]
            assert sort in INERT, path
            assert response.headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in response.headers["content-security-policy"]
            if "csv" in path:
                assert response.headers["content-disposition"].startswith("attachment")


async def test_a_page_may_run_no_script_but_its_own(house: House) -> None:
    async with calling(house) as client:
        for path in ("/", "/monitor", "/admin"):
            response = await client.get(path, headers={"accept": "text/html"})
            policy = response.headers["content-security-policy"]
            said = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
            assert "unsafe" not in policy
            assert said["default-src"] == "'none'"
            assert said.get("script-src", "'self'") == "'self'"
            for name in ("base-uri", "frame-ancestors"):
                assert said[name] == "'none'", (path, name)
            assert said["form-action"] == "'self'", "where people sign in"
            assert "object-src" not in said or said["object-src"] == "'none'"


def test_no_text_becomes_markup_anywhere_in_the_pages() -> None:
    sources = [
        file
        for file in (pages.PAGES / "src").rglob("*")
        if file.suffix in (".ts", ".tsx") and "test" not in file.name
    ]
    assert len(sources) > 50
    found = {file.name: WAYS_IN.findall(file.read_text(encoding="utf-8")) for file in sources}
    assert {name: ways for name, ways in found.items() if ways} == {}


IMAGES = ["javascript:alert(1)", "data:text/html,<script>alert(1)</script>", 'a.png" onerror="x',
          "//tracker.example/x.png", "\u0000a.png"]  # fmt: skip


@pytest.mark.parametrize("image", IMAGES)
async def test_a_picture_is_an_address_of_a_picture(house: House, image: str) -> None:
    rows = [["type", "question", "answer", "image"], ["short_text", "What?", "this", image]]
    text = "\n".join(
        ",".join(json.dumps(cell).replace('\\"', '""') for cell in row) for row in rows
    )
    async with calling(house) as root:
        said: Any = await root.post("/admin/banks/pictures/import?commit=true", content=text)
    report = said.json().get("report", said.json())
    assert report.get("committed") is not True, report
