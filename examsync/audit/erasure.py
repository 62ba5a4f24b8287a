"""What an erasure would take and what it leaves (pure): the plan that people see before it is done.

"answers" takes everything that was said, answered, signalled and noted, and the accommodation; it
leaves who sat, how it ended, and the total. "person" takes the name, the account and the marks too.
"""

from msgspec import Struct

from examsync.attempts.erasing import PERSON
from protocol.types import CLOSED_STATES, AttemptState, Grading

SETTLED = frozenset({Grading.GRADED, Grading.RELEASED})
OUT_OF_REACH = (
    "archives and exports that were written before, backups, logs, what webhooks delivered, and "
    "the write-ahead files of Postgres and Redis until they are rewritten"
)
"""Where copies may be that no command of ours can find."""


class Target(Struct, frozen=True):
    """One attempt that is sought, and how much there is of it. `why_not`: what keeps it."""

    attempt: str
    exam: str
    candidate: str
    state: AttemptState
    mark: str = ""
    facts: int = 0
    responses: int = 0
    done: bool = False
    why_not: str = ""


class Found(Struct, frozen=True):
    """What decides about an attempt, from its row."""

    state: AttemptState
    grading: Grading
    n: int
    salted: bool
    erased: str
    facts: int = 0
    """How many say something still."""


class Plan(Struct, frozen=True):
    """What would be done: to whom, to whom not and why, and who is done already."""

    scope: str
    targets: list[Target]

    @property
    def todo(self) -> list[Target]:
        """Whom it would be done to."""
        return [each for each in self.targets if not each.done and not each.why_not]

    @property
    def kept(self) -> list[Target]:
        """Who stays as they are, and why."""
        return [each for each in self.targets if each.why_not]


def done(found: Found, scope: str) -> bool:
    """Whether as much was erased before, and nothing has come since."""
    return not found.facts and not found.salted and found.erased in (scope, PERSON) and found.n > 0


def why_not(found: Found) -> str:
    """What keeps an attempt from being erased; "" for nothing."""
    if found.n == 0:
        return "nothing was ever recorded of it: take it off the roll instead"
    if found.state not in CLOSED_STATES:
        return f"it is open ({found.state})"
    if not found.salted and not found.erased:
        return "its facts were written before they could be erased"
    if found.erased:
        return ""
    if found.grading is Grading.REGRADE_PROPOSED:
        return "a regrade is proposed for it: decide on that first"
    if found.grading not in SETTLED:
        return "it is not graded yet"
    return ""
