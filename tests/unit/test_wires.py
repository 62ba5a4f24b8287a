"""What becomes of failures that nobody waits for."""

from structlog.testing import capture_logs

from examsync.errors import Unavailable
from examsync.wires import failed


def test_a_defect_has_its_traceback_and_storage_that_is_away_is_one_line() -> None:
    defect = ValueError("x")
    with capture_logs() as told:
        failed(Unavailable("TimeoutError"))
        failed(defect)
    away, found = told
    assert (away["log_level"], away["error"]) == ("warning", "TimeoutError")
    assert "exc_info" not in away
    assert (found["log_level"], found["exc_info"]) == ("error", defect)
