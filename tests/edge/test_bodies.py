"""Queries read into Structs, and places in lists as texts: what is wrong is named."""

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct
from starlette.requests import Request

from examsync.edge.api import bodies, paging
from examsync.errors import ExamError
from protocol.types import AttemptState


class Asked(Struct, frozen=True):
    """A query with one of each kind."""

    commit: bool = False
    limit: Annotated[int, Meta(ge=1, le=1_000)] = 100
    sort: Literal["name", "-name"] = "name"
    state: AttemptState | None = None
    q: Annotated[str, Meta(max_length=5)] = ""


def request(query: str) -> Request:
    """A request with this query."""
    scope: dict[str, Any] = {"type": "http", "query_string": query.encode(), "headers": []}
    return Request(scope)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", Asked()),
        ("commit", Asked(commit=True)),
        ("commit=", Asked(commit=True)),
        ("commit=yes", Asked(commit=True)),
        ("commit=1", Asked(commit=True)),
        ("commit=false&limit=7", Asked(limit=7)),
        ("sort=-name&state=paused&q=%C3%A9", Asked(sort="-name", state=AttemptState.PAUSED, q="é")),
    ],
)
def test_a_query_becomes_a_struct(query: str, wanted: Asked) -> None:
    assert bodies.query(request(query), Asked) == wanted


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("stat=paused", "there is no ?stat= here; did you mean state?"),
        ("colour=red", "there is no ?colour= here; there are: commit, limit, sort, state, q"),
        ("sort=age", "?sort=: invalid enum value 'age'; use one of: -name, name"),
        ("state=gone", "use one of: not_started, in_progress, paused"),
        ("limit=0", "?limit=: expected `int` >= 1"),
        ("limit=many", "?limit=: expected `int`"),
        ("q=123456", "?q=: expected `str` of length <= 5"),
        ("q=1&q=2", "?q= is there twice"),
    ],
)
def test_what_is_wrong_with_a_query_is_said(query: str, said: str) -> None:
    with pytest.raises(ExamError) as refused:
        bodies.query(request(query), Asked)
    assert refused.value.code == "bad_request"
    assert said in refused.value.problem.detail


texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))


@given(texts, texts)
def test_a_place_comes_back_from_its_cursor(key: str, id_: str) -> None:
    here = paging.Place("-name", key, id_)
    assert paging.place(paging.cursor(here), "-name") == here


@pytest.mark.parametrize("text", ["x", "!!!!", "bnVsbA", "WyJuYW1lIiwiYSJd", "\x00", "é"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ExamError):
        paging.place(text, "name")


def test_a_cursor_holds_for_its_own_order_only() -> None:
    text = paging.cursor(paging.Place("name", "a", "b"))
    with pytest.raises(ExamError):
        paging.place(text, "-name")
    assert paging.place("", "name") is None
