"""Which pages may connect."""

import pytest

from examsync.edge.origin import allowed, serialised

LISTED = ("https://exams.example", "http://localhost:5173")

MAY = [
    ("https://exams.example", "api.example"),
    ("https://exams.example:443", "api.example"),
    ("http://localhost:5173", "127.0.0.1:8000"),
    ("https://api.example", "api.example"),
    ("http://api.example", "api.example:80"),
    ("http://127.0.0.1:8000", "127.0.0.1:8000"),
    ("http://[::1]:8000", "[::1]:8000"),
]

MAY_NOT = [
    ("null", "api.example"),
    ("https://evil.example", "api.example"),
    ("https://exams.example.evil.example", "api.example"),
    ("https://evilexams.example", "api.example"),
    ("http://exams.example", "api.example"),
    ("http://exams.example:443", "api.example"),
    ("https://localhost:5173", "127.0.0.1:8000"),
    ("https://exams.example:8443", "api.example"),
    ("https://exams.example/", "api.example"),
    ("https://exams.example?", "api.example"),
    ("https://user@exams.example", "api.example"),
    ("https://exams.example\n", "api.example"),
    ("file://exams.example", "api.example"),
    ("https://", "api.example"),
    ("", "api.example"),
    ("https://api.example", "api.example/admin?"),
    ("https://api.example", "user@api.example"),
    ("https://api.example:0", "api.example:0"),
    ("https://api.example:99999", "api.example:99999"),
    ("http://api.example", "api.example:8000"),
]


@pytest.mark.parametrize(("origin", "host"), MAY)
def test_listed_pages_and_our_own_may_connect(origin: str, host: str) -> None:
    assert allowed([origin.encode()], host.encode(), LISTED)


@pytest.mark.parametrize(("origin", "host"), MAY_NOT)
def test_other_pages_may_not(origin: str, host: str) -> None:
    assert not allowed([origin.encode()], host.encode(), LISTED)


def test_programs_that_are_no_pages_send_no_origin_and_may() -> None:
    assert allowed([], b"api.example", ())


def test_two_origins_are_none() -> None:
    mine = b"https://exams.example"
    assert not allowed([mine, mine], b"api.example", LISTED)


def test_an_origin_is_ascii() -> None:
    assert not allowed(["https://exäms.example".encode("latin-1")], b"x", LISTED)


def test_a_listed_origin_may_be_written_with_capitals_and_a_slash() -> None:
    assert allowed([b"https://exams.example"], b"x", ["https://Exams.Example/"])


def test_listed_origins_are_told_to_browsers_as_they_write_them() -> None:
    listed = ["https://Exams.Example/", "http://localhost:5173", "https://a.example:443"]
    assert serialised(listed) == [
        "https://exams.example",
        "http://localhost:5173",
        "https://a.example",
    ]
    assert serialised(["http://[::1]:80", "https://[::1]:8443"]) == [
        "http://[::1]",
        "https://[::1]:8443",
    ]
    assert serialised(["*", "null", "exams.example", "file://x"]) == []


@pytest.mark.parametrize("origin", ["https://exams.example", "http://localhost:5173"])
def test_what_is_told_to_browsers_is_what_may_connect(origin: str) -> None:
    assert origin in serialised(LISTED)
    assert allowed([origin.encode()], b"api.example", LISTED)
