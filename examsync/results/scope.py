"""How far somebody's word about results goes: which exam, which halls (pure). The edge says it."""

from msgspec import Struct

from examsync.errors import ExamError
from protocol.problems import Code


class Scope(Struct, frozen=True):
    """`exam` None: any exam. `halls` empty: every hall."""

    exam: str | None = None
    halls: frozenset[str] = frozenset()

    def holds(self, exam: str, hall: str) -> bool:
        """Whether an attempt of this exam and hall is within."""
        return self.exam in (None, exam) and (not self.halls or hall in self.halls)

    def check(self, attempt: str, exam: str, hall: str) -> None:
        """Raises ExamError NOT_FOUND for what lies outside, as for what does not exist."""
        if not self.holds(exam, hall):
            raise unknown(attempt)


def unknown(attempt: str) -> ExamError:
    """There is no such attempt for whoever asks."""
    return ExamError(Code.NOT_FOUND, f"there is no attempt {attempt} here")


EVERYTHING = Scope()
