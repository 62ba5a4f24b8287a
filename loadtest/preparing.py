"""Before a run: how we get in, an exam made for it, a token for everybody."""

import time
import uuid
from collections.abc import Mapping

from msgspec import Struct

from loadtest.office import Office, OfficeError, Terms
from loadtest.swarm.crew import Deal, Seat
from loadtest.swarm.shapes import Schedule
from loadtest.tokens import sign
from protocol.types import Role

SUBJECT = "loadtest"
PAST_MS = 2_000
AFTER_MS = 120_000
"""How long the exam stays open after the run, for whoever is still going home."""
ALLOWED_S = 1.5
ALLOWED_PER_SEAT_S = 1 / 400
"""How long making the exam may take, before a time that is written into it has come."""

NO_ACCESS = (
    "The load test makes an exam of its own and needs a way in. Set one of these: "
    "EXAMSYNC_AUTH_SECRET (the server's own secret), EXAMSYNC_TOKEN (an admin's token), or "
    "EXAMSYNC_LOGIN and EXAMSYNC_PASSWORD (an admin's)."
)


class Access(Struct, frozen=True):
    """How we get in; the first that is there is used: token, login, secret."""

    token: str = ""
    login: str = ""
    password: str = ""
    secret: str = ""


def access_of(environ: Mapping[str, str]) -> Access:
    """As the environment says: secrets are not for command lines. Raises OfficeError."""
    names = ("EXAMSYNC_TOKEN", "EXAMSYNC_LOGIN", "EXAMSYNC_PASSWORD", "EXAMSYNC_AUTH_SECRET")
    found = Access(*(environ.get(name, "") for name in names))
    if found.login and not found.password and not found.token:
        raise OfficeError("EXAMSYNC_LOGIN is set; set EXAMSYNC_PASSWORD too.")
    if not (found.token or found.login or found.secret):
        raise OfficeError(NO_ACCESS)
    return found


class Prepared(Struct, frozen=True):
    """An exam that can be sat, and what of it is dealt to the processes."""

    office: Office
    exam: str
    seats: list[Seat]
    examiner_token: str
    schedule: Schedule
    began_ms: float
    """By the server's clock."""
    began_here_ms: float
    """By ours."""
    run: str
    late: bool
    """Making it took so long that a time written into the exam came too soon."""

    def deals(self, processes: int) -> list[Deal]:
        """The seats in as many parts, each with all that its process needs."""
        return [
            Deal(
                self.run,
                self.office.url,
                self.exam,
                self.examiner_token,
                self.seats[part::processes],
                self.schedule,
                self.began_ms,
            )
            for part in range(processes)
        ]


def desk(url: str, access: Access) -> Office:
    """An admin's office at this server. Raises OfficeError."""
    office = Office(url, access.token)
    if not office.token and access.login:
        office.sign_in(access.login, access.password)
    elif not office.token:
        office.token = sign(access.secret, SUBJECT, Role.ADMIN)
    return office


def prepare(
    url: str, access: Access, schedule: Schedule, *, seats: int, paper: str = ""
) -> Prepared:
    """Make the exam, and wait until the run can begin. Raises OfficeError."""
    office = desk(url, access)
    ahead_ms = office.skew_s() * 1_000
    begins_ms = time.time() * 1_000 + ahead_ms + (ALLOWED_S + seats * ALLOWED_PER_SEAT_S) * 1_000
    names = [f"load-{number:05d}" for number in range(1, seats + 1)]
    exam = office.make_exam(paper or office.ensure_paper(), terms(schedule, begins_ms), names)
    try:
        tokens = tokens_of(office, access, exam, names)
    except OfficeError:
        office.archive(exam)
        raise
    examiner = office.token  # an admin watches any exam
    if access.secret and not access.token and not access.login:
        examiner = sign(access.secret, f"{SUBJECT}-examiner", Role.EXAMINER, exam)
    now_ms = time.time() * 1_000 + ahead_ms
    time.sleep(max(begins_ms - now_ms, 0) / 1_000)
    began_ms = max(begins_ms, now_ms)
    matters = schedule.course.open is not None or schedule.course.common_deadline
    late = now_ms > begins_ms
    return Prepared(
        office,
        exam,
        [Seat(name, tokens[name]) for name in names],
        examiner,
        schedule,
        began_ms,
        began_ms - ahead_ms,
        uuid.uuid4().hex,
        late and matters,
    )


def tokens_of(office: Office, access: Access, exam: str, names: list[str]) -> dict[str, str]:
    """A token for each: signed by us if we hold the secret, else asked for. Raises OfficeError."""
    if access.secret:
        return {name: sign(access.secret, name, Role.CANDIDATE, exam) for name in names}
    return office.tokens(exam, names)


def terms(schedule: Schedule, begins_ms: float) -> Terms:
    """When the exam is. With a common deadline the window ends with the run; else well after it."""
    began = round(begins_ms)
    ends = began + round(schedule.active_s * 1_000)
    opens_at = began + round(schedule.opens_s * 1_000) if schedule.opens_s else began - PAST_MS
    window_end = ends if schedule.course.common_deadline else ends + AFTER_MS
    return Terms(opens_at, window_end, window_end + AFTER_MS, window_end - opens_at + AFTER_MS)
