"""Lists of candidates against the roll: what is new, what changes, what cannot; there and back."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from examsync.exams import roll
from examsync.exams.headings import COLUMNS
from examsync.exams.roll import Registered, compare, findings_csv, report, to_csv
from examsync.exams.seating import Candidate, parse, read
from protocol.types import AttemptState

ASHA = Candidate("asha", "Asha Rao", "East", "B2", 1_250, 600_000)


def on_roll(*candidates: Candidate, state: AttemptState = AttemptState.NOT_STARTED) -> Any:
    """The roll of these candidates."""
    return {each.id: Registered(each, state) for each in candidates}


def test_a_list_is_new_then_changed_then_nothing() -> None:
    listed = read(to_csv([ASHA, Candidate("ravi")]))
    plan = compare(listed, {})
    assert (plan.new, plan.changed, plan.unchanged) == ([ASHA, Candidate("ravi")], [], 0)
    plan = compare(listed, on_roll(ASHA, Candidate("ravi", "Ravi"), Candidate("mina")))
    assert (plan.new, plan.changed, plan.unchanged) == ([], [Candidate("ravi")], 1)
    plan = compare(listed, on_roll(ASHA, Candidate("ravi")))
    assert (plan.new, plan.changed, plan.unchanged) == ([], [], 2)


def test_columns_that_a_list_does_not_have_stay_as_they_are() -> None:
    plan = compare(parse("candidate,hall\nasha,West\n"), on_roll(ASHA))
    assert plan.changed == [Candidate("asha", "Asha Rao", "West", "B2", 1_250, 600_000)]
    plan = compare(parse("candidate,factor\nasha,\n"), on_roll(ASHA))
    assert plan.changed == [Candidate("asha", "Asha Rao", "East", "B2", 1_000, 600_000)]


def test_who_has_started_is_an_error_by_line_and_column_with_what_to_do() -> None:
    started = on_roll(ASHA, state=AttemptState.IN_PROGRESS)
    plan = compare(parse("candidate,Hall,Factor\nx,,\nasha,East,1.5\n"), started)
    (error,) = plan.errors
    assert (error.line, error.column, error.code) == (3, "Factor", "already_started")
    assert "`extend` instead" in error.message
    plan = compare(parse("candidate,hall\nasha,West\n"), started)
    assert plan.errors[0].column == "hall"
    assert "keeps the seat" in plan.errors[0].message
    assert compare(parse("candidate,hall\nasha,East\n"), started).unchanged == 1


def test_a_hall_with_one_candidate_is_looked_at_twice() -> None:
    text = "candidate,hall\na,Hall 1\nb,Hall 1\nc,hall 1\nd,Attic\ne,\n"
    first, second = compare(parse(text), {}).warnings
    assert (first.line, first.code) == (4, "hall_lonely")
    assert first.message == "the hall 'hall 1' has one candidate; did you mean 'Hall 1'?"
    assert second.message == "the hall 'Attic' has one candidate"
    there = on_roll(Candidate("z", hall="Attic"), Candidate("y", hall="hall 1"))
    assert compare(parse(text), there).warnings == []


def test_halls_of_one_each_are_nothing_odd() -> None:
    assert compare(parse("candidate,hall\na,1\nb,2\n"), {}).warnings == []
    assert compare(parse("candidate\na\n"), on_roll(Candidate("b", hall="1"))).warnings == []


def test_a_report_counts_what_it_does_not_list(monkeypatch: Any) -> None:
    monkeypatch.setattr(roll, "FINDINGS_MAX", 2)
    listed = parse("candidate,odd\na b\nc d\ne f\ng\n")
    found = report(listed, compare(listed, {}), committed=False)
    assert [each.line for each in found.errors] == [2, 3]
    assert (found.rows, found.new, found.omitted, found.committed) == (4, 1, 1, False)
    assert len(found.warnings) == 1


def test_findings_are_a_file_too() -> None:
    listed = parse("candidate,odd\n=1+1,x\n")
    lines = findings_csv(report(listed, compare(listed, {}), committed=False)).decode("utf-8-sig")
    header, error, warning = lines.splitlines()
    assert header == '"line","column","severity","code","message"'
    assert error.startswith('"2","candidate","error","id_wrong"')
    assert warning.startswith('"1","odd","warning","column_unknown"')


def test_a_roll_is_written_so_that_no_spreadsheet_runs_it() -> None:
    text = to_csv([Candidate("-1", "=cmd()", "@h", "+1", 1_333, 90_500)]).decode("utf-8-sig")
    assert text.splitlines() == [
        ",".join(f'"{column}"' for column in COLUMNS),
        '"-1","\'=cmd()","\'@h","+1","1.333","1.508333"',
    ]


ids = st.text("abcXYZ019_.:-", min_size=1, max_size=64)
words = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20).map(
    str.strip
)
candidates = st.builds(
    Candidate, ids, words, words, words, st.integers(100, 10_000), st.integers(0, 604_800_000)
)


@given(st.lists(candidates, max_size=10, unique_by=lambda each: each.id))
def test_a_roll_reads_back_as_it_was(some: list[Candidate]) -> None:
    found = read(to_csv(some))
    assert found.errors == []
    assert found.candidates == some
    assert compare(found, on_roll(*some)).unchanged == len(some)
