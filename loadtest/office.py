"""The HTTP side of a load test: makes an exam to sit, reads its export, puts it away afterwards.

Everything that goes wrong is an OfficeError whose message says what to do.
"""

import email.utils
import hashlib
import http.client
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import msgspec
from msgspec import Struct, structs

from loadtest.questions import questions
from loadtest.tokens import LIFE_S
from protocol.http import ExportedAttempt
from protocol.problems import Code
from protocol.types import Role

TITLE = "Load test"
ASK_WITHIN_S = 30.0
MAKE_WITHIN_S = 120.0
"""Registering thousands of candidates takes a while."""
REGISTERED_AT_ONCE = 5_000
SKEW_FORGIVEN_S = 2.0
"""HTTP's dates have whole seconds; a difference below this is taken for none."""


class OfficeError(Exception):
    """What could not be done with the server, why, and what would help. `code`: the problem's."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Terms(Struct, frozen=True):
    """When the exam of a run is, in ms since 1970 by the server's clock."""

    opens_at: int
    window_end: int
    closes_at: int
    duration_ms: int


class _SignedIn(Struct):
    token: str
    role: Role


class Office:
    """An admin's desk at a server."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url.rstrip("/")
        self.token = token

    def sign_in(self, login: str, password: str) -> None:
        """Get the token of an admin. Raises OfficeError."""
        said = self._ask("POST", "/sign-in", {"login": login, "password": password})
        signed = msgspec.json.decode(said, type=_SignedIn)
        if signed.role is not Role.ADMIN:
            raise OfficeError(f"{login} is {signed.role}; making an exam takes an admin's account.")
        self.token = signed.token

    def skew_s(self) -> float:
        """How far the server's clock is ahead of ours, to a second or two; 0 if it is that near.

        Raises OfficeError if there is no server.
        """
        with self._open("GET", "/livez") as reply:
            date = email.utils.parsedate_to_datetime(
                reply.headers["Date"] or email.utils.formatdate()
            )
        ahead_s = date.timestamp() + 0.5 - time.time()
        return ahead_s if abs(ahead_s) > SKEW_FORGIVEN_S else 0.0

    def ensure_paper(self, data: bytes = b"") -> str:
        """The load test's own paper, or that of another bank (CSV), made once per server.

        Raises OfficeError.
        """
        data = data or questions()
        name = f"loadtest-{hashlib.sha256(data).hexdigest()[:8]}"
        self._ask("POST", f"/admin/banks/{name}/import?format=csv&commit=true", data)
        try:
            self._ask("POST", "/admin/papers", {"title": TITLE, "bank": name, "paper": name})
        except OfficeError as error:
            if error.code != Code.CONFLICT:  # it is there from an earlier run
                raise
        return name

    def make_exam(self, paper: str, terms: Terms, names: list[str], **more: object) -> str:
        """A published exam of that paper with these candidates; its id. Raises OfficeError.

        `more`: further terms, as `protocol.http.CreateExam` names them.
        """
        exam = f"loadtest-{secrets.token_hex(4)}"
        made = {"exam": exam, "title": TITLE, "paper": paper, **structs.asdict(terms), **more}
        self._ask("POST", "/admin/exams", made)
        for first in range(0, len(names), REGISTERED_AT_ONCE):
            some = [{"candidate": each} for each in names[first : first + REGISTERED_AT_ONCE]]
            self._ask("POST", f"/admin/exams/{exam}/candidates", {"candidates": some})
        self._ask("POST", f"/admin/exams/{exam}/publish", {})
        return exam

    def tokens(self, exam: str, names: list[str]) -> dict[str, str]:
        """Tokens of candidates, from a server whose secret is not known. Raises OfficeError."""
        found: dict[str, str] = {}
        for first in range(0, len(names), REGISTERED_AT_ONCE):
            some = names[first : first + REGISTERED_AT_ONCE]
            asked = {"candidates": some, "life_s": LIFE_S}
            said = msgspec.json.decode(self._ask("POST", f"/admin/exams/{exam}/tokens", asked))
            found.update(said["tokens"])
        return found

    def export(self, exam: str) -> list[ExportedAttempt]:
        """Every attempt as Postgres holds it. Raises OfficeError."""
        lines = self._ask("GET", f"/admin/exams/{exam}/export").splitlines()
        return [msgspec.json.decode(line, type=ExportedAttempt) for line in lines if line]

    def archive(self, exam: str) -> None:
        """Put the exam away: nobody can sit it any more. Raises OfficeError."""
        self._ask("POST", f"/admin/exams/{exam}/archive", {})

    # --- one request ------------------------------------------------------------------------------

    def _ask(self, method: str, path: str, body: Any = None) -> bytes:
        try:
            with self._open(method, path, body) as reply:
                return bytes(reply.read())
        except (OSError, http.client.HTTPException) as error:
            raise OfficeError(f"{self.url}{path} broke off: {error}.") from error

    def _open(self, method: str, path: str, body: Any = None) -> Any:
        data = body if isinstance(body, bytes | None) else msgspec.json.encode(body)
        headers = {"content-type": "application/json"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token}"
        within_s = ASK_WITHIN_S if method == "GET" else MAKE_WITHIN_S
        try:
            request = urllib.request.Request(self.url + path, data, headers, method=method)
            return urllib.request.urlopen(request, timeout=within_s)
        except urllib.error.HTTPError as error:
            raise refusal(f"{method} {path.partition('?')[0]}", error.code, error.read()) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise OfficeError(
                f"{self.url} does not answer ({reason}). Is the server running there, and is this "
                "the address of its HTTP side, such as http://127.0.0.1:8000?"
            ) from error


ADVICE = {
    Code.UNAUTHORIZED: "Check the way in: the login and its password, the token, or the secret, "
    "which must be the server's own.",
    Code.TOKEN_EXPIRED: "Get a new token: `examsync token issue --role admin --subject NAME`.",
    Code.FORBIDDEN: "It takes an admin's token.",
    Code.NOT_FOUND: "The server may be older than this load test; with its secret in "
    "EXAMSYNC_AUTH_SECRET fewer of its routes are needed.",
    Code.RATE_LIMITED: "Wait a minute.",
}


def refusal(what: str, status: int, body: bytes) -> OfficeError:
    """A refusal as a sentence: the problem's own words, and what helps."""
    try:
        said = msgspec.json.decode(body)
        code, text = str(said["code"]), f"{said['title']} {said.get('detail', '')}".strip()
    except (msgspec.DecodeError, KeyError, TypeError):
        code, text = "", "not a problem of ExamSync's; is this address another service's?"
    advice = next((help_ for known, help_ in ADVICE.items() if known == code), "")
    return OfficeError(f"{what} was refused ({status} {code}): {text} {advice}".strip(), code)
