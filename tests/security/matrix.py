"""Every HTTP route and who may use it on whose ids: the table that the matrix tests walk.

A route that is not here makes them fail, so nobody can add one without saying whose it is.
"""

from enum import Enum, auto
from typing import Any

from msgspec import Struct

from tests.edge.house import HOUR_MS


class Whose(Enum):
    """Who may use a route, and on what."""

    ANYBODY = auto()
    """It knows of no ids; no token is asked for, or none of ours."""
    ONESELF = auto()
    """It is about the bearer of the token alone."""
    CANDIDATES = auto()
    """Candidates, on the exams of their tokens."""
    LISTS = auto()
    """Examiners and admins; it shows what is within the token."""
    HALLS = auto()
    """Examiners of the exam and admins; it shows and changes what is in one's halls."""
    EXAM = auto()
    """Examiners of the whole exam and admins; not who is kept to halls."""
    ATTEMPT = auto()
    """Examiners of the attempt's exam and hall, and admins."""
    ADMINS = auto()


class Row(Struct, frozen=True):
    """Whose a route is, and a request to it that is in order.

    In path, query and body, {exam}, {attempt}, {candidate} and so on stand for what is aimed at.
    """

    whose: Whose
    body: Any = None
    query: str = ""


ANYBODY, ONESELF, CANDIDATES = Whose.ANYBODY, Whose.ONESELF, Whose.CANDIDATES
LISTS, HALLS, EXAM, ATTEMPT, ADMINS = (
    Whose.LISTS, Whose.HALLS, Whose.EXAM, Whose.ATTEMPT, Whose.ADMINS,
)  # fmt: skip
ACT = {"id": "{unique}", "exam": "{exam}", "attempts": ["{attempt}"], "reason": "mine"}
SYNC = {
    "client": {"instance": "mine"},
    "join": {"id": "{unique}", "exam": "{exam}"},
    "events": [{"answer": {"seq": 9, "item": "q3", "response": False}}],
}
CSV = "candidate,name\nnew-one,New\n"
NEW_EXAM = {
    "exam": "{unique}",
    "title": "Another",
    "paper": "paper-1",
    "opens_at": 1,
    "window_end": HOUR_MS,
    "closes_at": 2 * HOUR_MS,
    "duration_ms": HOUR_MS,
}
ROUTES: dict[tuple[str, str], Row] = {
    ("GET", "/livez"): Row(ANYBODY),
    ("GET", "/readyz"): Row(ANYBODY),
    ("GET", "/metrics"): Row(ANYBODY),
    ("GET", "/openapi.json"): Row(ANYBODY),
    ("POST", "/sign-in"): Row(ANYBODY),
    ("POST", "/sign-in/code"): Row(ANYBODY),
    ("GET", "/me"): Row(ONESELF),
    ("POST", "/sign-in/renew"): Row(ONESELF),
    ("POST", "/sign-out"): Row(ONESELF),
    ("POST", "/my/password"): Row(ONESELF, {"old": "a password", "new": "another password"}),
    ("GET", "/my/exams"): Row(CANDIDATES),
    ("GET", "/my/exams/{exam}/result"): Row(CANDIDATES),
    ("POST", "/attempts/{attempt}/sync"): Row(CANDIDATES, SYNC),
    ("GET", "/events"): Row(LISTS),
    ("GET", "/admin/exams"): Row(LISTS),
    ("GET", "/admin/exams/{exam}"): Row(HALLS),
    ("GET", "/admin/exams/{exam}/paper"): Row(HALLS),
    ("GET", "/admin/exams/{exam}/candidates"): Row(HALLS),
    ("GET", "/admin/exams/{exam}/results"): Row(HALLS),
    ("GET", "/admin/exams/{exam}/marking"): Row(HALLS, query="?names=true"),
    ("GET", "/admin/exams/{exam}/rulings"): Row(HALLS),
    ("GET", "/admin/exams/{exam}/regrades"): Row(HALLS),
    ("GET", "/admin/exams/{exam}/export"): Row(EXAM),
    ("POST", "/exams/{exam}/acts/announce"): Row(
        EXAM, {"id": "{unique}", "exam": "{exam}", "text": "psst"}
    ),
    ("POST", "/exams/{exam}/acts/extend"): Row(ATTEMPT, {**ACT, "extra_ms": 60_000}),
    ("POST", "/exams/{exam}/acts/pause"): Row(ATTEMPT, ACT),
    ("POST", "/exams/{exam}/acts/resume"): Row(ATTEMPT, ACT),
    ("POST", "/exams/{exam}/acts/terminate"): Row(ATTEMPT, ACT),
    ("POST", "/exams/{exam}/acts/submit_for"): Row(ATTEMPT, ACT),
    ("POST", "/exams/{exam}/acts/reopen"): Row(ATTEMPT, ACT),
    ("POST", "/exams/{exam}/acts/approve_takeover"): Row(ATTEMPT, ACT),
    ("POST", "/exams/{exam}/acts/message"): Row(ATTEMPT, {**ACT, "text": "psst"}),
    ("POST", "/exams/{exam}/acts/resolve"): Row(ATTEMPT, ACT),
    ("GET", "/exams/{exam}/attempts/{attempt}/timeline"): Row(ATTEMPT),
    ("GET", "/admin/attempts/{attempt}/results"): Row(ATTEMPT),
    ("POST", "/admin/attempts/{attempt}/revert"): Row(ATTEMPT, {"revision": 1, "reason": "mine"}),
    ("POST", "/admin/exams/{exam}/marking"): Row(
        ATTEMPT, {"attempt": "{attempt}", "item": "q6", "marks": "1"}
    ),
    ("POST", "/admin/exams/{exam}/regrades"): Row(
        ATTEMPT, {"reason": "mine", "attempts": ["{attempt}"]}
    ),
    ("POST", "/admin/exams"): Row(ADMINS, NEW_EXAM),
    ("PATCH", "/admin/exams/{exam}"): Row(ADMINS, {"title": "Mine"}),
    ("POST", "/admin/exams/{exam}/publish"): Row(ADMINS),
    ("POST", "/admin/exams/{exam}/archive"): Row(ADMINS),
    ("POST", "/admin/exams/{exam}/copy"): Row(ADMINS, {"exam": "{unique}", "candidates": True}),
    ("POST", "/admin/exams/{exam}/candidates"): Row(
        ADMINS, {"candidates": [{"candidate": "new-one", "name": "New"}]}
    ),
    ("POST", "/admin/exams/{exam}/candidates/import"): Row(ADMINS, CSV, "?commit=true"),
    ("PATCH", "/admin/exams/{exam}/candidates/{candidate}"): Row(ADMINS, {"name": "Mine"}),
    ("DELETE", "/admin/exams/{exam}/candidates/{candidate}"): Row(ADMINS),
    ("POST", "/admin/exams/{exam}/slips"): Row(ADMINS, {"candidates": ["{candidate}"]}),
    ("POST", "/admin/exams/{exam}/tokens"): Row(ADMINS, {"candidates": ["{candidate}"]}),
    ("POST", "/admin/exams/{exam}/release"): Row(ADMINS, {"attempts": ["{attempt}"]}),
    ("POST", "/admin/exams/{exam}/withdraw"): Row(ADMINS, {"attempts": ["{attempt}"]}),
    ("GET", "/admin/exams/{exam}/releases"): Row(ADMINS),
    ("POST", "/admin/exams/{exam}/rulings"): Row(
        ADMINS, {"item": "q3", "rule": "dropped", "reason": "mine"}
    ),
    ("GET", "/admin/banks"): Row(ADMINS),
    ("GET", "/admin/banks/template"): Row(ADMINS),
    ("GET", "/admin/banks/sample"): Row(ADMINS),
    ("GET", "/admin/banks/{bank}/questions"): Row(ADMINS),
    ("GET", "/admin/banks/{bank}/export"): Row(ADMINS, query="?format=csv"),
    ("POST", "/admin/banks/{bank}/import"): Row(
        ADMINS, "type,question,answer\nshort_text,What is mine?,all\n", "?commit=true"
    ),
    ("GET", "/admin/papers"): Row(ADMINS),
    ("POST", "/admin/papers"): Row(ADMINS, {"title": "Mine", "bank": "{bank}"}),
    ("GET", "/admin/papers/{paper}"): Row(ADMINS),
    ("GET", "/admin/accounts"): Row(ADMINS),
    ("POST", "/admin/accounts"): Row(ADMINS, {"login": "{unique}", "role": "admin"}),
    ("PATCH", "/admin/accounts/{account}"): Row(ADMINS, {"name": "Mine"}),
    ("POST", "/admin/accounts/{account}/password"): Row(ADMINS, {"password": "a password"}),
    ("POST", "/admin/accounts/{account}/sign-out"): Row(ADMINS),
    ("GET", "/admin/keys"): Row(ADMINS),
    ("POST", "/admin/keys"): Row(ADMINS, {"name": "mine", "role": "admin"}),
    ("DELETE", "/admin/keys/{key}"): Row(ADMINS),
    ("GET", "/admin/webhooks"): Row(ADMINS),
    ("POST", "/admin/webhooks"): Row(
        ADMINS, {"url": "https://mine.example/hook", "types": ["attempt.closed"]}
    ),
    ("PATCH", "/admin/webhooks/{webhook}"): Row(ADMINS, {"active": False}),
    ("GET", "/admin/webhooks/{webhook}/deliveries"): Row(ADMINS),
    ("POST", "/admin/webhooks/{webhook}/secret"): Row(ADMINS),
    ("POST", "/admin/webhooks/{webhook}/test"): Row(ADMINS),
    ("DELETE", "/admin/webhooks/{webhook}"): Row(ADMINS),
}
"""By method and path; a named {id} of the routing table is called after what it names."""


def filled(node: Any, aim: dict[str, str]) -> Any:
    """A path, a query or a body with what is aimed at."""
    if isinstance(node, str):
        for name, value in aim.items():
            node = node.replace(f"{{{name}}}", value)
        return node
    if isinstance(node, list):
        return [filled(each, aim) for each in node]
    if isinstance(node, dict):
        return {key: filled(value, aim) for key, value in node.items()}
    return node


def table_path(path: str) -> str:
    """A path of this table as the routing table spells it."""
    for name in ("account", "key", "webhook"):
        path = path.replace(f"{{{name}}}", "{id}")
    return path
