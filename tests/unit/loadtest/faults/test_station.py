"""Figures are read from a page of metrics, labels added up and kept apart."""

from loadtest.faults.station import figures, read_figures
from loadtest.ports import free_port

PAGE = """# HELP examsync_saves_total Writes
# TYPE examsync_saves_total counter
examsync_saves_total{outcome="ok"} 12.0
examsync_saves_total{outcome="unknown"} 3.0
process_resident_memory_bytes 5.5e+07
"""


def test_samples_are_kept_by_label_and_added_up_by_name() -> None:
    found = figures(PAGE)
    assert found["examsync_saves_total"] == 15
    assert found['examsync_saves_total{outcome="unknown"}'] == 3
    assert found["process_resident_memory_bytes"] == 5.5e7


def test_where_nobody_answers_there_are_none() -> None:
    assert read_figures(f"http://127.0.0.1:{free_port()}") == {}
