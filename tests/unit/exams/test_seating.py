"""Lists of candidates: what is read, and that nothing is guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.exams import seating
from examsync.exams.headings import COLUMNS
from examsync.exams.seating import Candidate, Seating, parse, read

NAMED = "candidate,name,hall,group,factor,extension_min"


def problem(text: str) -> str:
    """The one problem of a list that registers nobody."""
    found = parse(text)
    assert found.candidates == []
    (only,) = found.problems
    return only


def test_every_column_is_read() -> None:
    found = parse(f"{NAMED}\nc-1, Asha Rao ,East,B2,1.25,30\n")
    only = Candidate("c-1", "Asha Rao", "East", "B2", 1_250, 1_800_000)
    spelled = {column: column for column in COLUMNS}
    assert found == Seating([only], [], [], {"c-1": 2}, spelled, 1)


def test_only_the_candidate_is_needed_and_blank_lines_are_nothing() -> None:
    found = parse("\ufeffname,candidate\r\n,c-1\r\n\r\n,\r\nRavi,c-2\r\n")
    assert found.candidates == [Candidate("c-1"), Candidate("c-2", "Ravi")]
    assert (found.errors, found.warnings, found.rows) == ([], [], 2)
    assert found.lines == {"c-1": 2, "c-2": 5}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_semicolons_and_tabs_separate_as_well(separator: str) -> None:
    found = parse("Candidate ,HALL,name\nc-1,East,Asha\n".replace(",", separator))
    assert found.candidates == [Candidate("c-1", "Asha", "East")]


def test_a_quoted_name_may_hold_the_separator() -> None:
    assert parse('candidate,name\nc-1,"Rao, Asha"\n').candidates == [Candidate("c-1", "Rao, Asha")]


def test_names_of_all_scripts_stay_as_they_are() -> None:
    names = ["आशा", "क्‍ष", "அ", "Ñandú", "王芳"]
    text = "candidate,name\n" + "".join(f"c-{n},{name}\n" for n, name in enumerate(names))
    assert [each.name for each in parse(text).candidates] == names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the header must name a column `candidate`."),
        ("name\nAsha\n", "line 1: the header must name a column `candidate`."),
        ("colour,hal,name,name\nred,East,Asha,Rao\n", "line 1: the header must name a column"),
        ("candidat,hall,hobby\nc,1,tea\n", "column `candidate`; is it 'candidat'?"),
        ("candidate,halll\nc,1\n", "line 1: unknown column 'halll'; did you mean hall?"),
        ("candidate,Hall,room\nc,1,2\n", "line 1: the columns 'Hall' and 'room' mean the same"),
        ("candidate\nc d\n", "line 2: 'c d' is no id: use letters"),
        (f"candidate\n{'c' * 65}\n", "64 at most"),
        ("name,candidate\nAsha\n", "line 2: the id is missing."),
        ("candidate\nc,d\n", "line 2: 2 cells under 1 columns."),
        (f"candidate,name\nc,{'n' * 201}\n", "line 2: name has more than 200 characters."),
        (f"candidate,hall\nc,{'n' * 65}\n", "line 2: hall has more than 64 characters."),
        ("candidate,group\nc,a\x00b\n", "line 2: group has line ends or control characters."),
        ('candidate,name\nc,"a\nb"\n', "line 3: name has line ends or control characters."),
        ("candidate,name\nc,1,5\n", "line 2: 3 cells under 2 columns."),
        ("candidate,factor\nc,1,5\n", "2 columns; put factor in quotes if it has a decimal comma"),
        ("candidate,extension_min\nc,7,5\n", "2 columns; put extension_min in quotes"),
        ("candidate;factor\nc;1,250\n", "line 2: factor '1,250' could mean 1.250 or 1250;"),
        ("candidate;factor\nc;10,01\n", "line 2: factor '10,01' is no number from 0.1 to 10."),
        ("candidate,factor\nc,0.09\n", "line 2: factor '0.09' is no number from 0.1 to 10."),
        ("candidate,factor\nc,10.01\n", "line 2: factor '10.01' is no number"),
        ("candidate,factor\nc,1E999999999\n", "line 2: factor '1E999999999' is no number"),
        ("candidate,factor\nc,NaN\n", "line 2: factor 'NaN' is no number"),
        ("candidate,extension_min\nc,-1\n", "line 2: extension_min '-1' is no number"),
        ("candidate,extension_min\nc,10081\n", "line 2: extension_min '10081' is no number"),
        (f'candidate,name\nc,"{"n" * 140_000}\n', "is a quote open?"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str) -> None:
    assert said in problem(text)


@pytest.mark.parametrize(
    "text",
    [
        "candidate,factor,extension_min\nc,1.25,7.5\n",
        'candidate,factor,extension_min\nc,"1,25","7,5"\n',
        '"candidate";"factor";"extension_min"\n"c";"1,25";"7,5"\n',
        "candidate;factor;extension_min\nc;1,25;7,5\n",
        "candidate;factor;extension_min\nc;1.25;7.5\n",
        "candidate\tfactor\textension_min\nc\t1,25\t7,5\n",
    ],
)
def test_decimals_have_a_dot_or_a_comma_before_them(text: str) -> None:
    found = parse(text)
    assert found.problems == []
    assert found.candidates == [Candidate("c", factor_permille=1_250, extension_ms=450_000)]


def test_findings_name_the_column_as_the_file_spells_it() -> None:
    found = parse("Candidate ID,Time Factor,email\nc-1,5%,a@b.example\n")
    (error,) = found.errors
    assert (error.line, error.column, error.code) == (2, "Time Factor", "number_wrong")
    (warning,) = found.warnings
    assert (warning.line, warning.column, warning.code) == (1, "email", "column_unknown")
    assert "is left out" in warning.message
    assert found.spelled == {"candidate": "Candidate ID", "factor": "Time Factor"}


def test_without_a_column_of_candidates_nothing_is_said_of_the_others() -> None:
    found = parse("colour,hal,name,name\nred,East,Asha,Rao\n")
    assert [error.code for error in found.errors] == ["column_missing"]
    assert (found.warnings, found.spelled) == ([], {})


def test_cells_that_were_guarded_against_spreadsheets_are_bare_again() -> None:
    found = parse("candidate,name\n'-1,'=1+1\nc,'Tis\n")
    assert found.candidates == [Candidate("-1", "=1+1"), Candidate("c", "'Tis")]


def test_all_problems_are_told_at_once_and_the_good_lines_are_kept() -> None:
    found = parse("candidate,factor\nc-1,1\nc 2,x\nc-1,2\nc-3,0.1\n")
    assert [each.id for each in found.candidates] == ["c-1", "c-3"]
    assert [text.partition(":")[0] for text in found.problems] == ["line 3", "line 3", "line 4"]
    assert found.problems[2] == "line 4: c-1 is there twice: on line 2 too."


def test_factors_and_minutes_are_exact_to_the_thousandth() -> None:
    found = parse("candidate,factor,extension_min\na,1.333,0.5\nb,10,10080\nc,0.1,0\n")
    figures = [(each.factor_permille, each.extension_ms) for each in found.candidates]
    assert figures == [(1_333, 30_000), (10_000, 604_800_000), (100, 0)]


def test_there_is_an_end_to_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seating, "CANDIDATES_MAX", 2)
    found = parse("candidate\na\nb\nc\nd\n")
    assert [each.id for each in found.candidates] == ["a", "b"]
    assert found.problems == ["line 4: there are more than 2 candidates."]
    assert parse("candidate\na\nb\n\n").problems == []


def test_a_file_is_read_in_the_encodings_of_spreadsheets() -> None:
    text = "candidate,name\nc-1,आशा\n"
    for data in (
        text.encode(),
        b"\xef\xbb\xbf" + text.encode(),
        b"\xff\xfe" + text.encode("utf-16-le"),
    ):
        assert read(data) == parse(text)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("candidate,name\nc-1,Ñandú\n".encode("cp1252"), "line 2: not UTF-8"),
        (b"PK\x03\x04....", "save it as CSV"),
    ],
)
def test_letters_are_not_guessed(data: bytes, said: str) -> None:
    found = read(data)
    assert found.candidates == []
    assert said in found.problems[0]


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda t: f"candidate,name\n{t}".encode())
)
def test_no_file_breaks_it(data: bytes) -> None:
    found = read(data)
    assert all(each.id for each in found.candidates)
    assert len({each.id for each in found.candidates}) == len(found.candidates)
