"""The demo's exam: a bank, a paper, candidates with tokens, an examiner."""

import secrets
import uuid
from pathlib import Path

from msgspec import Struct

from examsync.access.token import Identity, issue
from examsync.app import App
from examsync.attempts.attempt import Seat
from examsync.bank import service as bank
from examsync.bank.report import Report
from examsync.errors import ExamError
from examsync.exams.exam import Terms
from protocol.problems import Code
from protocol.types import Role

NAMES = (
    "Aarav Sharma", "Ananya Iyer", "Bilal Khan", "Chidi Okafor", "Dalia Haddad", "Elif Yılmaz",
    "Farah Rahman", "Gaurav Patel", "Hana Kim", "Isha Verma", "João Silva", "Kavya Nair",
    "Lars Jensen", "Meera Joshi", "Nikhil Rao", "Olena Shevchenko", "Priya Das", "Quinn Murphy",
    "Rohan Gupta", "Sana Sheikh", "Tomás Rivera", "Uma Reddy", "Vikram Singh", "Wei Chen",
    "Ximena Cruz", "Yusuf Ali", "Zoya Mirza", "अदिति मिश्रा", "தமிழ்செல்வி", "Émile Dubois",
)  # fmt: skip
HALLS = ("Hall A", "Hall B")
GUEST = "guest"
TOKEN_LIFE_MS = 12 * 3_600_000
PROBLEMS_SHOWN_MAX = 5


class Candidate(Struct, frozen=True):
    """One who can sit: the token opens the exam."""

    candidate: str
    token: str
    name: str


class Hall(Struct, frozen=True):
    """A published exam with everybody's tokens."""

    exam: str
    candidates: list[Candidate]
    """The bots."""
    guest: Candidate
    """A seat that no bot takes: for a client of yours."""
    examiner_token: str
    admin_token: str


class Plan(Struct, frozen=True):
    """How large and how long."""

    bank_file: Path | None
    candidates: int
    duration_ms: int
    grace_ms: int


async def prepare(app: App, plan: Plan) -> tuple[Hall, Report]:
    """Import the bank, make and publish an exam, seat everybody.

    Raises ExamError IMPORT_FAILED if the bank's file has no question that can be used.
    """
    exam = f"demo-{secrets.token_hex(3)}"
    report = await _import(app, plan.bank_file, f"bank-{exam}")
    await _schedule(app, plan, exam)
    people = [_candidate(app, exam, number) for number in range(plan.candidates)]
    guest = Candidate(GUEST, _token(app, GUEST, Role.CANDIDATE, exam, "You"), "You")
    seats = [
        Seat(exam, who.candidate, who.name, HALLS[number % len(HALLS)])
        for number, who in enumerate([*people, guest])
    ]
    await app.records.register(seats)
    hall = Hall(
        exam,
        people,
        guest,
        _token(app, "invigilator", Role.EXAMINER, exam, "Ms. Invigilator"),
        _token(app, "office", Role.ADMIN, "", "Exam office"),
    )
    return hall, report


async def _import(app: App, file: Path | None, name: str) -> Report:
    data = file.read_bytes() if file else bank.sample()
    report = await bank.import_questions(
        app.pool, bank=name, data=data, by="demo", commit=True, skip_bad=True
    )
    if not report.accepted:
        first = "; ".join(said(report)[:PROBLEMS_SHOWN_MAX])
        raise ExamError(
            Code.IMPORT_FAILED, f"{file or 'the sample'} has no usable question: {first}"
        )
    return report


def said(report: Report) -> list[str]:
    """What keeps rows out, each with its line and column."""
    places = [":".join([str(p.line), p.column]).rstrip(":") for p in report.errors]
    return [f"{where}: {p.message}" for where, p in zip(places, report.errors, strict=True)]


async def _schedule(app: App, plan: Plan, exam: str) -> None:
    title = plan.bank_file.stem if plan.bank_file else "ExamSync demo"
    paper = await bank.create_paper(
        app.pool, title=title, bank=f"bank-{exam}", by="demo", limit=60, paper_id=f"paper-{exam}"
    )
    now = app.clock.now()
    window_end = now + plan.duration_ms
    terms = Terms(
        opens_at=now - 1_000,
        window_end=window_end,
        closes_at=window_end + plan.duration_ms + 60_000,
        duration_ms=plan.duration_ms,
        grace_ms=plan.grace_ms,
    )
    await app.exams.create(exam, title, paper, terms, "demo")
    await app.exams.publish(exam)


def _candidate(app: App, exam: str, number: int) -> Candidate:
    again, index = divmod(number, len(NAMES))
    name = NAMES[index] + (f" {again + 1}" if again else "")
    id_ = f"c{number + 1:03d}"
    return Candidate(id_, _token(app, id_, Role.CANDIDATE, exam, name), name)


def _token(app: App, subject: str, role: Role, exam: str, name: str) -> str:
    now = app.clock.now()
    exams = frozenset({exam}) if exam else frozenset[str]()
    identity = Identity(
        subject=subject,
        role=role,
        exams=exams,
        halls=frozenset(),
        issued_at=now,
        expires_at=now + TOKEN_LIFE_MS,
        jti=uuid.uuid4().hex,
        name=name,
    )
    return issue(identity, app.ring)
