"""What a desk calls: it does no I/O itself, the service hands in who does. Used by `desk.py`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from examsync.attempts.attempt import Attempt
from examsync.attempts.op import Op
from examsync.attempts.ports import Check, Life, Save
from examsync.exams.exam import Exam
from protocol.facts import Fact

if TYPE_CHECKING:
    from examsync.attempts.desk import Desk


class Wiring(Struct, frozen=True):
    """What a desk calls: how to write, how to load, whom to tell; and the chain key."""

    chain_key: bytes
    life: Callable[[str], Life | None]
    exam: Callable[[str], Exam | None]
    doubt: Callable[[str], None]
    write: Callable[["Desk", Op, Save | Check], None]
    bring: Callable[["Desk"], None]
    tell: Callable[[Attempt, Attempt, Fact], None]
    due: Callable[[Attempt, Exam, int], str]
    failed: Callable[[Exception], None]
    patience: Callable[[], int]
