"""Question banks over real HTTP: listed, searched, imported with a report, exported."""

import csv
import io
from typing import Any

import httpx
import pytest

from examsync.bank import service as bank
from examsync.bank.formats import FORMATS
from examsync.edge.api import bodies
from examsync.edge.api.errors import CONTENT_TYPE
from protocol.types import Role
from tests.edge.house import House

ROWS = b"""\
external_id,type,question,option_a,option_b,answer,section,topic,marks
m-1,mcq,Which is red?,rose,sky,A,Colours,seeing,4
m-2,mcq,Which is blue?,rose,sky,sky,Colours,,
n-1,numerical,How many legs has a spider?,,,8,Animals,counting,2/3
w-1,short,Say "water" in Hindi.,,,"\xe0\xa4\xaa\xe0\xa4\xbe\xe0\xa4\xa8\xe0\xa5\x80;paani",,,
e-1,essay,Why is the sky blue?,,,Rayleigh scattering,Colours,,
"""
BAD = b"""\
external_id,type,question,option_a,option_b,anwser
x-1,mcq,Which?,one,two,A
"""
HALF = b"""\
external_id,type,question,option_a,option_b,answer
x-1,mcq,Which?,one,two,A
x-2,mcq,Which then?,one,two,=C
"""


@pytest.fixture
async def nature(root: httpx.AsyncClient) -> str:
    """The path of a bank of five questions."""
    path = "/admin/banks/nature"
    done = await root.post(f"{path}/import?commit", content=ROWS)
    assert done.json()["committed"] is True, done.text
    return path


def refused(response: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem."""
    assert response.headers["content-type"] == CONTENT_TYPE
    return response.status_code, response.json()["code"]


async def get(root: httpx.AsyncClient, path: str, **query: Any) -> Any:
    response = await root.get(path, params=query)
    assert response.status_code == 200, response.text
    return response.json()


async def names(root: httpx.AsyncClient, path: str, **query: Any) -> list[str]:
    """The external_ids of a bank's questions."""
    items = (await get(root, f"{path}/questions", **query))["items"]
    return [each["question"]["external_id"] for each in items]


async def test_banks_are_listed_with_what_is_in_them(root: httpx.AsyncClient, nature: str) -> None:
    await root.post("/admin/banks/other/import?commit=true", content=bank.sample())
    page = await get(root, "/admin/banks", q="nat")
    (one,) = page["items"]
    assert (page["next"], page["total"]) == (None, 1)
    assert (one["bank"], one["questions"]) == ("nature", 5)
    assert one["kinds"] == {"single_choice": 2, "numerical": 1, "short_text": 1, "long_text": 1}
    assert one["sections"] == {"Colours": 3, "Animals": 1, "": 1}
    first = await get(root, "/admin/banks", sort="-changed_at", limit=1)
    assert [each["bank"] for each in first["items"]] == ["other"]
    more = await get(root, "/admin/banks", sort="-changed_at", limit=50, after=first["next"])
    assert "nature" in [each["bank"] for each in more["items"]]


async def test_questions_are_shown_with_their_keys(root: httpx.AsyncClient, nature: str) -> None:
    page = await get(root, f"{nature}/questions")
    assert page["total"] == 5
    red, blue, legs, water, sky = page["items"]
    assert [o["text"] for o in red["question"]["options"] if o["right"]] == ["rose"]
    assert [o["text"] for o in blue["question"]["options"] if o["right"]] == ["sky"]
    assert (red["marks"], red["negative_marks"], red["version"]) == ("4", None, 1)
    assert (red["section"], red["question"]["topic"]) == ("Colours", "seeing")
    assert red["changed_by"] == "admin:root"
    assert (legs["question"]["answers"], legs["marks"]) == (["8"], "2/3")
    assert water["question"]["answers"] == ["पानी", "paani"]
    assert sky["question"]["guidance"] == "Rayleigh scattering"


async def test_questions_are_sought_sorted_and_paged(root: httpx.AsyncClient, nature: str) -> None:
    assert await names(root, nature, kind="single_choice") == ["m-1", "m-2"]
    assert await names(root, nature, section="Colours", q="BLUE") == ["m-2", "e-1"]
    assert await names(root, nature, section="") == ["w-1"]
    assert await names(root, nature, topic="counting") == ["n-1"]
    assert await names(root, nature, sort="-external_id") == ["w-1", "n-1", "m-2", "m-1", "e-1"]
    found = list[str]()
    page: Any = {"next": ""}
    while page["next"] is not None:
        page = await get(root, f"{nature}/questions", sort="section", limit=2, after=page["next"])
        found += [each["question"]["external_id"] for each in page["items"]]
        assert page["total"] == 5
    assert found == ["w-1", "n-1", "m-1", "m-2", "e-1"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("sort=colour", "sort"),
        ("kind=essay", "long_text"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("tpoic=x", "did you mean topic"),
        ("after=x", "after"),
        ("q=%00", "q"),
    ],
)
async def test_what_a_query_says_wrongly_is_named(
    root: httpx.AsyncClient, nature: str, query: str, words: str
) -> None:
    response = await root.get(f"{nature}/questions?{query}")
    assert refused(response) == (400, "bad_request")
    assert words in response.json()["detail"]


async def test_a_place_in_another_list_is_none_in_this_one(
    root: httpx.AsyncClient, nature: str
) -> None:
    page = await get(root, f"{nature}/questions", limit=1)
    response = await root.get(f"{nature}/questions", params={"sort": "kind", "after": page["next"]})
    assert refused(response) == (400, "bad_request")


async def test_a_dry_run_reports_by_line_and_column_and_says_how_to_go_on(
    root: httpx.AsyncClient,
) -> None:
    report = (await root.post("/admin/banks/x/import", content=HALF)).json()
    assert (report["committed"], report["takes"]) == (False, "skip_bad")
    assert (report["rows"], report["accepted"], report["skipped"]) == (2, 1, 1)
    assert (report["errors_found"], report["problems_omitted"]) == (1, 0)
    (problem,) = report["problems"]
    assert (problem["line"], problem["column"], problem["severity"]) == (3, "answer", "error")
    assert (await get(root, "/admin/banks", q="x"))["total"] == 0
    broken = (await root.post("/admin/banks/x/import", content=BAD)).json()
    assert (broken["takes"], broken["accepted"]) == ("none", 0)
    assert any("did you mean answer?" in each["message"] for each in broken["problems"])


async def test_the_report_comes_as_csv_too(root: httpx.AsyncClient) -> None:
    for query, status in [("", 200), ("&commit=true", 422), ("&commit=true&skip_bad=true", 200)]:
        response = await root.post(f"/admin/banks/x/import?report=csv{query}", content=HALF)
        assert response.status_code == status
        assert response.headers["content-type"] == "text/csv; charset=utf-8"
        assert 'filename="x-report.csv"' in response.headers["content-disposition"]
        head, row = csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline=""))
        assert head == ["line", "column", "severity", "code", "message"]
        assert row[:4] == ["3", "answer", "error", "answer_unknown"]
        assert "'=C'" in row[4]


async def test_a_commit_that_was_refused_says_what_would_help(root: httpx.AsyncClient) -> None:
    response = await root.post("/admin/banks/x/import?commit=true", content=HALF)
    assert refused(response) == (422, "import_failed")
    said = response.json()
    assert "?skip_bad=true" in said["detail"]
    assert said["report"]["takes"] == "skip_bad"
    broken = await root.post("/admin/banks/x/import?commit=true&skip_bad=true", content=BAD)
    assert "not even in part" in broken.json()["detail"]
    taken = await root.post("/admin/banks/x/import?commit=true&skip_bad=true", content=HALF)
    assert taken.json()["committed"] is True


@pytest.mark.parametrize(("format", "media"), [("csv", "text/csv"), ("gift", "text/plain")])
async def test_what_is_exported_is_imported_again_without_a_change(
    root: httpx.AsyncClient, nature: str, format: str, media: str
) -> None:
    response = await root.get(f"{nature}/export?format={format}")
    assert response.headers["content-type"] == f"{media}; charset=utf-8"
    assert f'filename="nature.{format}"' in response.headers["content-disposition"]
    again = await root.post(
        f"{nature}/import?commit=true&format={format}", content=response.content
    )
    assert (again.json()["unchanged"], again.json()["updated"]) == (5, 0)


@pytest.mark.parametrize("name", ["template", "sample"])
async def test_there_are_files_to_begin_with(root: httpx.AsyncClient, name: str) -> None:
    for format in ("csv", "gift"):
        response = await root.get(f"/admin/banks/{name}?format={format}")
        assert f'filename="{name}.{format}"' in response.headers["content-disposition"]
        parsed = FORMATS[format](response.content)
        assert len(parsed.rows) >= 6
        assert not [each for each in parsed.problems if each.severity == "error"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/admin/banks/none/questions", (404, "not_found")),
        ("/admin/banks/none/export", (404, "not_found")),
        ("/admin/banks/a%00b/questions", (400, "bad_request")),
        ("/admin/banks/a b/export", (400, "bad_request")),
        ("/admin/banks/none/export?format=xlsx", (400, "bad_request")),
        ("/admin/banks/template?format=opentrivia", (400, "bad_request")),
    ],
)
async def test_what_is_not_there_is_a_problem(
    root: httpx.AsyncClient, path: str, found: tuple[int, str]
) -> None:
    assert refused(await root.get(path)) == found


async def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    root: httpx.AsyncClient,
) -> None:
    response = await root.post("/admin/banks/x/import", content=b"x" * (bodies.FILE_BYTES_MAX + 1))
    assert refused(response) == (413, "too_large")


@pytest.mark.parametrize("role", [Role.EXAMINER, Role.CANDIDATE])
async def test_keys_are_for_authors_only(house: House, nature: str, role: Role) -> None:
    asked = [
        ("GET", "/admin/banks"),
        ("GET", f"{nature}/questions"),
        ("GET", f"{nature}/export"),
        ("GET", "/admin/banks/template"),
        ("POST", f"{nature}/import"),
        ("GET", "/admin/papers"),
        ("GET", "/admin/papers/paper-1"),
        ("POST", "/admin/papers"),
    ]
    headers = {"authorization": f"Bearer {house.token('somebody', role)}"}
    async with httpx.AsyncClient(base_url=house.url, headers=headers) as client:
        for method, path in asked:
            assert refused(await client.request(method, path)) == (403, "forbidden"), path
