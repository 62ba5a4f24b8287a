"""What kinds of signals there are, how weighty each is, and what those of an attempt add up to
(pure). A signal is no verdict: nothing happens to an attempt because of one; an examiner looks.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import get_args, get_type_hints

from msgspec import Struct, structs

from protocol.facts import Fact, ViolationReported
from protocol.from_client import Violation

KINDS: tuple[str, ...] = get_args(get_type_hints(Violation)["kind"])
"""The kinds that clients may report."""


class Severity(IntEnum):
    """How soon somebody should look."""

    NOTE = 1
    """Happens to the innocent all day: a notification takes the focus, a key is hit by mistake."""
    SIGN = 2
    """Worth a look when it comes again."""
    STRONG = 3
    """Takes intent."""


SEVERITIES: dict[str, Severity] = {
    "tab_hidden": Severity.SIGN,
    "window_blur": Severity.NOTE,
    "fullscreen_exit": Severity.SIGN,
    "copy": Severity.SIGN,
    "paste": Severity.STRONG,
    "print": Severity.STRONG,
    "devtools": Severity.STRONG,
    "other": Severity.NOTE,
}


class Summary(Struct, frozen=True):
    """The signals of one attempt. `counts` by kind; `weight` is the sum of their severities;
    `last` and `last_at` (the server's time, ms) tell of the latest."""

    counts: dict[str, int] = {}
    weight: int = 0
    last: str = ""
    last_at: int | None = None

    @property
    def total(self) -> int:
        """How many there were."""
        return sum(self.counts.values())


def severity(kind: str) -> Severity:
    """The severity of a kind; one that an older or newer client made up weighs like `other`."""
    return SEVERITIES.get(kind, SEVERITIES["other"])


def summary(facts: Iterable[Fact]) -> Summary:
    """The summary of an attempt's facts; those that are no signals count for nothing."""
    found = Summary()
    for fact in facts:
        found = added(found, fact)
    return found


def added(before: Summary, fact: Fact) -> Summary:
    """The summary with one more fact."""
    if not isinstance(fact.body, ViolationReported):
        return before
    kind = fact.body.signal
    latest = before.last_at is None or fact.at >= before.last_at
    return structs.replace(
        before,
        counts={**before.counts, kind: before.counts.get(kind, 0) + 1},
        weight=before.weight + severity(kind),
        last=kind if latest else before.last,
        last_at=fact.at if latest else before.last_at,
    )
