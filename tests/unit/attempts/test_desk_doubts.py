"""Before a command is told that what it names is not there, the exam is read once more."""

from examsync.attempts.attempt import Attempt
from examsync.attempts.decision import Context, Decision
from examsync.attempts.ports import Check, Outcome
from examsync.errors import ExamError
from examsync.exams.exam import Exam
from protocol.from_server import Notice
from protocol.problems import Code
from tests.builders import START, exam
from tests.unit.attempts.bench import Bench, code_of, note, refuses


def check(bench: Bench) -> Check:
    """The last write, which is none."""
    _, write = bench.writes[-1]
    assert isinstance(write, Check)
    return write


def test_what_is_not_found_is_looked_for_before_that_is_said() -> None:
    bench = Bench()
    op = bench.take(refuses(Code.NOT_FOUND))
    assert bench.doubted == [exam().id]
    assert check(bench).exam_n < 0, "no count of Redis may bear this refusal out"
    bench.settle(op, Outcome.EXAM)
    assert (op.reply.done, bench.loads) == (False, 1)
    bench.desk.loaded(bench.attempt)
    assert check(bench).exam_n == exam().n
    bench.settle(op)
    assert code_of(op) is Code.NOT_FOUND
    assert len(bench.doubted) == 1


def test_what_is_found_then_is_decided_like_any_other() -> None:
    def rule(of: Attempt, sat: Exam, ctx: Context) -> Decision:
        if not sat.notices:
            raise ExamError(Code.NOT_FOUND)
        return Decision("acknowledge", "a", "{}", body=note())

    bench = Bench()
    op = bench.take(rule)
    bench.settle(op, Outcome.EXAM)
    bench.sat = exam(n=1, notices=(Notice("n", "hear", START),))
    bench.desk.loaded(bench.attempt)
    bench.settle(op)
    assert code_of(op) is None
    assert len(bench.saves()) == 1


def test_other_refusals_are_borne_out_by_the_count_in_redis() -> None:
    bench = Bench()
    op = bench.take(refuses(Code.PAUSED))
    assert (bench.doubted, check(bench).exam_n) == ([], exam().n)
    bench.settle(op)
    assert code_of(op) is Code.PAUSED
