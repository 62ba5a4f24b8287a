"""A run is judged by everybody's record against an export, which is asked for until it is whole."""

from typing import Any

import pytest

from loadtest.client.ledger import AckedAnswer, AckedCommand
from loadtest.office import Office, OfficeError
from loadtest.preparing import Prepared
from loadtest.report import Seated
from loadtest.swarm import judging
from loadtest.swarm.crew import Handed, Seat
from loadtest.swarm.judging import Run, exit_code, judge
from loadtest.swarm.options import Options
from loadtest.swarm.shapes import Schedule
from loadtest.swarm.thresholds import Thresholds
from protocol.http import ExportedAttempt, ExportedResponse
from protocol.types import AttemptState

SCHEDULE = Schedule("steady", 20.0, 5.0)
WANTED = Options(1, 1, SCHEDULE, Thresholds(), "", "", True, False)
COMMANDS = [AckedCommand("start", "s1", (1, 1), "r", 5), AckedCommand("submit", "s2", (1, 9), "r")]


def person(**more: Any) -> Seated:
    latest = {"q1": AckedAnswer("q1", "L1", 3, "b", (1, 5), "r", 9)}
    return Seated("asha", latest=latest, commands=COMMANDS, acked=1, **more)


def attempt(value: Any = "b", **more: Any) -> ExportedAttempt:
    responses = {"q1": ExportedResponse(value, "L1", 3, 9, **more)}
    return ExportedAttempt(
        "a", "e", "asha", AttemptState.SUBMITTED, (1, 9), responses, started_at=5
    )


class Shelf(Office):
    """Exports what it is given, in turn; the last one again and again."""

    def __init__(self, *exports: list[ExportedAttempt] | OfficeError) -> None:
        super().__init__("http://host")
        self.exports = list(exports)
        self.archived: list[str] = []

    def export(self, exam: str) -> list[ExportedAttempt]:
        found = self.exports.pop(0) if len(self.exports) > 1 else self.exports[0]
        if isinstance(found, OfficeError):
            raise found
        return found

    def archive(self, exam: str) -> None:
        self.archived.append(exam)


def run(shelf: Shelf, *people: Seated, **more: Any) -> Run:
    seats = [Seat("asha", "t")]
    prepared = Prepared(shelf, "e", seats, "x", SCHEDULE, 0.0, 0.0, "run", False)
    return Run(prepared, [Handed("run", list(people))], 22.0, **more)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not there after a tenth of a second is lost."""
    monkeypatch.setattr(judging, "DURABLE_WITHIN_S", 0.1)
    monkeypatch.setattr(judging, "LOOK_S", 0.01)


def test_all_there_is_in_order_and_the_exam_is_put_away() -> None:
    shelf = Shelf([attempt()])
    result = judge(run(shelf, person()), WANTED)
    assert (result.ok, exit_code(result), result.facts.seated) == (True, 0, 1)
    assert shelf.archived == ["e"]


def test_what_reaches_postgres_a_moment_later_is_not_lost() -> None:
    assert judge(run(Shelf([], [attempt()]), person()), WANTED).ok


@pytest.mark.parametrize(
    ("exported", "said"),
    [
        ([attempt("a")], "lost: 1, at most 0"),
        ([attempt(late=True)], "late: 1, at most 0"),
        ([], "unknown: 1, at most 0"),
    ],
)
def test_an_export_that_differs_is_exit_code_one(
    exported: list[ExportedAttempt], said: str
) -> None:
    result = judge(run(Shelf(exported), person()), WANTED)
    assert exit_code(result) == 1
    assert said in result.broken


def test_an_export_that_cannot_be_read_proves_nothing() -> None:
    result = judge(run(Shelf(OfficeError("away")), person()), WANTED)
    assert exit_code(result) == 1
    assert "the export could not be read: away" in result.broken
    assert result.findings is None


def test_a_process_that_never_handed_in_is_a_defect() -> None:
    result = judge(run(Shelf([attempt()]), person(), missing=1), WANTED)
    assert result.broken == ["1 processes never handed in what they had measured"]
    assert exit_code(result) == 1


def test_stopped_by_somebody_is_an_exit_code_of_its_own() -> None:
    stopped = judge(run(Shelf([attempt()]), person(pending=1), stopped_early=True), WANTED)
    assert exit_code(stopped) == 130
    lost = judge(run(Shelf([]), person(), stopped_early=True), WANTED)
    assert exit_code(lost) == 1


def test_an_exam_that_is_to_be_kept_is_kept() -> None:
    shelf = Shelf([attempt()])
    kept = Options(1, 1, SCHEDULE, Thresholds(), "", "", True, True)
    judge(run(shelf, person()), kept)
    assert shelf.archived == []
