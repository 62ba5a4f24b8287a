"""The comparison finds what was lost, and is not content with less than all of it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from loadtest.client.ledger import AckedAnswer, AckedCommand
from loadtest.reconcile import Findings, main, reconcile, same
from loadtest.report import Report, Seated, write
from protocol.http import ExportedAttempt, ExportedResponse
from protocol.types import AttemptState

SUBMITTED = AttemptState.SUBMITTED


def acked(value: Any, lease: str = "L1", seq: int = 3, **more: Any) -> AckedAnswer:
    return AckedAnswer("q1", lease, seq, value, (1, 5), "r", 9, **more)


def stored(value: Any, lease: str = "L1", seq: int = 3, **more: Any) -> ExportedResponse:
    return ExportedResponse(value, lease, seq, 9, **more)


def attempt(responses: dict[str, ExportedResponse], **more: Any) -> ExportedAttempt:
    state = more.pop("state", SUBMITTED)
    return ExportedAttempt("e.asha", "e", "asha", state, (1, 9), responses, **more)


def report(answer: AckedAnswer | None = None, *commands: AckedCommand) -> Report:
    latest = {"q1": answer} if answer else {}
    person = Seated("asha", latest=latest, commands=list(commands), acked=len(latest))
    return Report("e", 1, 0, people=[person])


def compare(answer: AckedAnswer, response: ExportedResponse | None) -> Findings:
    return reconcile(report(answer), [attempt({"q1": response} if response else {})])


def test_what_was_acked_and_stands_is_not_lost() -> None:
    findings = compare(acked("b"), stored("b"))
    assert findings.ok
    assert (findings.acked, findings.compared, findings.lost) == (1, 1, 0)


def test_an_acked_answer_that_is_not_there_is_lost() -> None:
    findings = compare(acked("b"), None)
    assert (findings.lost, findings.missing, findings.ok) == (1, ["asha q1"], False)


@pytest.mark.parametrize("version", [("L1", 2), ("L0", 9)])
def test_an_older_version_is_lost_even_with_the_same_value(version: tuple[str, int]) -> None:
    findings = compare(acked("b"), stored("b", *version))
    assert (findings.lost, findings.older, findings.ok) == (1, ["asha q1"], False)


def test_another_value_under_the_same_version_is_lost() -> None:
    findings = compare(acked("b"), stored("c"))
    assert (findings.lost, findings.different, findings.ok) == (1, ["asha q1"], False)


@pytest.mark.parametrize("version", [("L1", 4), ("L2", 1)])
def test_a_newer_version_is_no_loss(version: tuple[str, int]) -> None:
    findings = compare(acked("b"), stored("c", *version))
    assert (findings.lost, findings.newer, findings.ok) == (0, 1, True)


def test_a_cleared_answer_is_an_answer() -> None:
    assert compare(acked(None), stored(None)).ok
    assert compare(acked(None), stored("b")).lost == 1


def test_an_answer_acked_in_time_and_stored_as_late_is_named() -> None:
    findings = compare(acked("b"), stored("b", late=True))
    assert (findings.lost, findings.late, findings.ok) == (0, ["asha q1"], False)


@pytest.mark.parametrize(("one", "other", "expected"), [
    (1, 1.0, True), (True, 1, False), (True, True, True), (["a", "b"], ["b", "a"], False),
    ("1", 1, False), (None, None, True), (0, False, False),
])  # fmt: skip
def test_values_are_compared_as_json(one: Any, other: Any, expected: bool) -> None:
    assert same(one, other) is expected


def test_a_candidate_who_is_not_exported_has_lost_everything() -> None:
    findings = reconcile(report(acked("b")), [])
    assert (findings.lost, findings.unknown, findings.ok) == (1, ["asha"], False)


def test_a_candidate_who_never_came_need_not_be_exported() -> None:
    assert reconcile(report(), []).ok


def test_acked_commands_must_have_had_their_effect() -> None:
    commands = (
        AckedCommand("start", "s", (1, 1), "r", started_at=77),
        AckedCommand("violation", "v", (1, 2), "r"),
        AckedCommand("submit", "z", (1, 3), "r"),
        AckedCommand("raise_hand", "h", (1, 4), "r"),
    )
    good = attempt({}, started_at=77, violations=["v"])
    assert reconcile(report(None, *commands), [good]).ok
    bad = attempt({}, started_at=78, violations=[], state=AttemptState.IN_PROGRESS)
    assert reconcile(report(None, *commands), [bad]).commands == [
        "asha start s",
        "asha violation v",
        "asha submit z",
    ]


def test_a_signal_that_is_stored_twice_is_named() -> None:
    findings = reconcile(report(), [attempt({}, violations=["v", "w", "v"])])
    assert (findings.duplicates, findings.ok) == (["asha v"], False)


def test_the_command_says_by_its_exit_code_whether_anything_was_lost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(report(acked("b")), tmp_path / "report.json")
    export = tmp_path / "export.ndjson"
    files = [str(tmp_path / "report.json"), str(export)]
    export.write_bytes(msgspec.json.encode(attempt({"q1": stored("b")})) + b"\n\n")
    assert main(files) == 0
    assert msgspec.json.decode(capsys.readouterr().out, type=Findings).lost == 0
    export.write_bytes(msgspec.json.encode(attempt({})) + b"\n")
    assert main(files) == 1
    assert main([]) == 2
