"""The table of commands that leave a process is whole: it is held against the product's own."""

import hashlib
import inspect
import re
from collections import Counter
from pathlib import Path

from examsync import monitor
from examsync.attempts import records, scripts
from examsync.attempts.ports import Records
from tests.simulation import coverage, points
from tests.simulation.memory_exams import MemoryExamStore

BEHIND_BEGIN = ("commit", "_write")
"""Of a flush under way, which `begin` hands out."""
STATEMENT = re.compile(r'(?:sql|fetch)\("(\w+)"')


def statements(owner: type, names: list[str]) -> set[str]:
    """The queries that these methods ask."""
    found: set[str] = set()
    for name in names:
        found |= set(STATEMENT.findall(inspect.getsource(getattr(owner, name))))
    return found


def test_every_statement_on_the_way_of_an_answer_is_in_the_table() -> None:
    asked = [name for name in vars(Records) if not name.startswith("_")]
    found = statements(records.PostgresRecords, asked)
    found |= statements(records.PostgresWriting, list(BEHIND_BEGIN))
    tabled = {each for together in points.POSTGRES.values() for each in together}
    assert found <= tabled
    assert all(re.search(rf"\b{name}\b", inspect.getsource(MemoryExamStore)) for name in EXAMS)


EXAMS = ("insert_exam_fact", "fetch_exam", "exam_facts", "latest_exam_facts")


def test_every_script_is_in_the_table() -> None:
    assert {script.sha for script in scripts.ALL} == set(points.SCRIPTS)


def test_every_script_of_the_monitor_is_in_the_table() -> None:
    texts = (path.read_bytes() for path in Path(monitor.__file__).parent.glob("*.lua"))
    shas = {hashlib.sha1(text, usedforsecurity=False).hexdigest() for text in texts}
    assert shas == set(points.FEED_SCRIPTS)
    assert set(points.FEED_SCRIPTS.values()) <= set(points.FEED)


def test_a_cell_that_nothing_hits_is_missed() -> None:
    seen = Counter({f"{point}: {fault}": 1 for point, fault in points.CELLS})
    assert coverage.missing(seen) == []
    del seen["redis save.lua: twice"]
    assert coverage.missing(seen) == ["redis save.lua: twice"]
    assert any("save.lua" in line for line in coverage.table(seen))


def test_a_command_that_has_no_row_is_noticed() -> None:
    seen = Counter({"passed redis save.lua": 3, "passed redis FLUSHALL": 1})
    assert coverage.unknown(seen) == ["redis FLUSHALL"]
