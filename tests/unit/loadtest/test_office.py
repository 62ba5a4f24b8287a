"""What goes wrong with a server is said in words that help; requests have the agreed shapes."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import msgspec
import pytest

from loadtest.office import Office, OfficeError, Terms, refusal
from protocol.http import REQUESTS

TERMS = Terms(1_000, 60_000, 120_000, 59_000)


class Desk(BaseHTTPRequestHandler):
    """Notes what is asked, and answers what it was told to."""

    asked: ClassVar[list[tuple[str, str, bytes]]] = []
    answers: ClassVar[dict[str, tuple[int, Any]]] = {}

    def do_POST(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        path = self.path.partition("?")[0]
        Desk.asked.append((self.command, path, body))
        status, said = Desk.answers.get(path, (200, {}))
        data = said if isinstance(said, bytes) else msgspec.json.encode(said)
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal."""


@pytest.fixture
def office() -> Iterator[Office]:
    """An office at a server that is there."""
    Desk.asked.clear()
    Desk.answers.clear()
    with HTTPServer(("127.0.0.1", 0), Desk) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield Office(f"http://127.0.0.1:{server.server_port}", "a token")
        server.shutdown()
        thread.join()


def bodies(path: str) -> list[bytes]:
    return [body for _, asked, body in Desk.asked if asked == path]


def test_an_exam_is_asked_for_in_the_agreed_shapes(office: Office) -> None:
    exam = office.make_exam("paper-1", TERMS, ["c1", "c2"])
    (made,) = bodies("/admin/exams")
    (people,) = bodies(f"/admin/exams/{exam}/candidates")
    msgspec.json.decode(made, type=REQUESTS["create_exam"])
    register: Any = msgspec.json.decode(people, type=REQUESTS["register_candidates"])
    assert len(register.candidates) == 2
    assert Desk.asked[-1][1] == f"/admin/exams/{exam}/publish"


def test_the_paper_is_made_once_per_server(office: Office) -> None:
    name = office.ensure_paper()
    msgspec.json.decode(bodies("/admin/papers")[0], type=REQUESTS["create_paper"])
    conflict = {"code": "conflict", "title": "It is there.", "retry": True}
    Desk.answers["/admin/papers"] = (409, conflict)
    assert office.ensure_paper() == name


def test_tokens_are_asked_for_in_the_agreed_shape(office: Office) -> None:
    Desk.answers["/admin/exams/e/tokens"] = (200, {"tokens": {"c1": "t1"}})
    assert office.tokens("e", ["c1"]) == {"c1": "t1"}
    msgspec.json.decode(bodies("/admin/exams/e/tokens")[0], type=REQUESTS["issue_tokens"])


def test_only_an_admin_can_make_exams(office: Office) -> None:
    Desk.answers["/sign-in"] = (200, {"token": "t", "role": "examiner"})
    with pytest.raises(OfficeError, match="takes an admin's account"):
        office.sign_in("vera", "secret")
    Desk.answers["/sign-in"] = (200, {"token": "t", "role": "admin"})
    office.sign_in("boss", "secret")
    assert office.token == "t"


def test_an_export_is_read_line_by_line(office: Office) -> None:
    line = {"attempt": "a", "exam": "e", "candidate": "c", "state": "submitted", "rev": [1, 2],
            "responses": {}}  # fmt: skip
    data = msgspec.json.encode(line)
    Desk.answers["/admin/exams/e/export"] = (200, data + b"\n" + data + b"\n")
    assert len(office.export("e")) == 2


def test_a_server_that_is_not_there_is_said_to_be_so() -> None:
    with pytest.raises(OfficeError, match=r"does not answer .*Is the server running there"):
        Office("http://127.0.0.1:1").skew_s()


def test_an_address_that_is_none_is_said_to_be_so() -> None:
    with pytest.raises(OfficeError, match="is this the address of its HTTP side"):
        Office("localhost").skew_s()


def test_clocks_that_agree_to_a_second_or_two_are_one(office: Office) -> None:
    assert office.skew_s() == 0.0


def test_a_refusal_has_the_servers_words_and_what_helps() -> None:
    body = b'{"code": "forbidden", "title": "No.", "detail": "Admins only.", "retry": false}'
    error = refusal("POST /admin/exams", 403, body)
    assert str(error) == (
        "POST /admin/exams was refused (403 forbidden): No. Admins only. It takes an admin's token."
    )
    assert error.code == "forbidden"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}"])
def test_what_is_no_problem_of_ours_comes_from_somewhere_else(body: bytes) -> None:
    assert "is this address another service's?" in str(refusal("GET /", 404, body))
