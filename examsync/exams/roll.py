"""A list of candidates against the roll as it stands, and the roll as such a list (pure).

Who has started keeps the seat: what was planned for them is on their timeline by then.
"""

import csv
import difflib
import io
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

from msgspec import Struct, structs

from examsync.bank.formats.formula import guarded
from examsync.exams.headings import COLUMNS
from examsync.exams.seating import Candidate, Seating
from protocol.http_exams import RosterProblem, RosterReport
from protocol.types import AttemptState

FINDINGS_MAX = 1_000
"""A report lists so many errors and so many warnings, and counts the rest."""
HALL_SEATS_MIN = 2
"""A hall with fewer, among others that have more, may well be another hall misspelt."""
_FIELDS = {
    "name": "name",
    "hall": "hall",
    "group": "group",
    "factor": "factor_permille",
    "extension_min": "extension_ms",
}
"""Columns, and the fields they are read into."""
_PLANS = frozenset({"factor", "extension_min"})


class Registered(Struct, frozen=True):
    """Somebody on the roll."""

    candidate: Candidate
    state: AttemptState


class Plan(Struct, frozen=True):
    """What a list would do: whom it adds and changes (as they will be), whom it leaves alone."""

    new: list[Candidate]
    changed: list[Candidate]
    unchanged: int
    errors: list[RosterProblem]
    warnings: list[RosterProblem]


def compare(seating: Seating, roll: Mapping[str, Registered]) -> Plan:
    """What is new and what changes. What the list has no column for stays as it is."""
    plan = Plan([], [], 0, [*seating.errors], [*seating.warnings])
    unchanged = 0
    for candidate in seating.candidates:
        standing = roll.get(candidate.id)
        if standing is None:
            plan.new.append(candidate)
            continue
        after = _merged(standing.candidate, candidate, seating.spelled)
        if after == standing.candidate:
            unchanged += 1
        elif standing.state is not AttemptState.NOT_STARTED:
            plan.errors.append(_kept(standing, after, seating))
        else:
            plan.changed.append(after)
    plan.warnings.extend(_lonely(seating, roll))
    return structs.replace(plan, unchanged=unchanged)


def _merged(was: Candidate, said: Candidate, columns: Iterable[str]) -> Candidate:
    named = {_FIELDS[column] for column in columns if column in _FIELDS}
    return structs.replace(was, **{field: getattr(said, field) for field in named})


def differing(was: Candidate, after: Candidate) -> list[str]:
    """The columns in which two differ."""
    return [c for c, field in _FIELDS.items() if getattr(was, field) != getattr(after, field)]


def why_kept(candidate: str, columns: Iterable[str]) -> str:
    """Why somebody who has started is not changed, and what to do instead."""
    if _PLANS & set(columns):
        return f"{candidate} has started: give more time with `extend` instead"
    return f"{candidate} has started and keeps the seat as it is"


def _kept(standing: Registered, after: Candidate, seating: Seating) -> RosterProblem:
    columns = differing(standing.candidate, after)
    plans = [column for column in columns if column in _PLANS]
    heading = seating.spelled[(plans or columns)[0]]
    said = why_kept(after.id, columns)
    return RosterProblem(seating.lines[after.id], heading, "already_started", said)


def _lonely(seating: Seating, roll: Mapping[str, Registered]) -> list[RosterProblem]:
    """Halls that would have one candidate, among others that have more."""
    if "hall" not in seating.spelled:
        return []
    listed = {each.id for each in seating.candidates}
    halls = Counter(each.hall for each in seating.candidates)
    halls.update(each.candidate.hall for id_, each in roll.items() if id_ not in listed)
    full = [hall for hall, seats in halls.items() if hall and seats >= HALL_SEATS_MIN]
    if not full:
        return []
    return [
        _one_seat(seating, each, full)
        for each in seating.candidates
        if each.hall and halls[each.hall] < HALL_SEATS_MIN
    ]


def _one_seat(seating: Seating, candidate: Candidate, full: list[str]) -> RosterProblem:
    alike = {hall.casefold(): hall for hall in full}
    close = difflib.get_close_matches(candidate.hall.casefold(), alike, 1)
    meant = f"; did you mean {alike[close[0]]!r}?" if close else ""
    message = f"the hall {candidate.hall!r} has one candidate{meant}"
    line = seating.lines[candidate.id]
    return RosterProblem(line, seating.spelled["hall"], "hall_lonely", message)


def report(seating: Seating, plan: Plan, *, committed: bool) -> RosterReport:
    """What an import found and did, errors and warnings by line."""
    errors = sorted(plan.errors, key=lambda found: found.line)
    warnings = sorted(plan.warnings, key=lambda found: found.line)
    omitted = max(0, len(errors) - FINDINGS_MAX) + max(0, len(warnings) - FINDINGS_MAX)
    return RosterReport(
        seating.rows,
        len(plan.new),
        len(plan.changed),
        plan.unchanged,
        errors[:FINDINGS_MAX],
        warnings[:FINDINGS_MAX],
        omitted,
        committed,
    )


# --- as files -------------------------------------------------------------------------------------


def to_csv(candidates: Iterable[Candidate]) -> bytes:
    """The list that reads back as these candidates."""
    return _file(COLUMNS, (_row(each) for each in candidates))


def findings_csv(found: RosterReport) -> bytes:
    """What is wrong and what is odd, a line each."""
    rows = [
        (str(each.line), each.column, severity, each.code, each.message)
        for severity, some in (("error", found.errors), ("warning", found.warnings))
        for each in some
    ]
    return _file(("line", "column", "severity", "code", "message"), rows)


def _row(candidate: Candidate) -> tuple[str, ...]:
    factor = Decimal(candidate.factor_permille) / 1_000
    minutes = round(Decimal(candidate.extension_ms) / 60_000, 6)
    texts = (candidate.id, candidate.name, candidate.hall, candidate.group)
    return (*texts, f"{factor.normalize():f}", f"{minutes.normalize():f}")


def _file(header: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    """For Excel (UTF-8 with its mark); each cell in quotes and `guarded`."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + file.getvalue().encode()
