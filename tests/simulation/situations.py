"""Hard spots: events and faults that belong together, since by chance they would meet once in a
million runs (pure). `plan` lays one over a run.
"""

from collections.abc import Callable

from msgspec import structs

from examsync.exams.exam import Terms
from protocol.types import LatePolicy, TakeoverPolicy
from tests.simulation import situations_loss as loss
from tests.simulation import situations_people as people
from tests.simulation import situations_watched as watched
from tests.simulation.scene import Scene

AT_ONCE = {
    people.joined_and_crashed,
    people.clock_back,
    loss.reopened_after_loss,
}
"""Where a device takes over without asking anybody."""
SITUATIONS: tuple[Callable[[Scene], None], ...] = (
    loss.submitted_after_loss,
    people.ahead_at_the_end,
    people.away_at_the_end,
    people.extended_at_the_end,
    people.ordered_at_the_start,
    people.reopened_after_an_order,
    people.ordered_and_gone,
    loss.flushed_by_nobody,
    loss.finished_in_another_life,
    people.joined_and_crashed,
    loss.two_primaries,
    people.clock_back,
    loss.retired_and_back,
    loss.lost_while_answering,
    loss.overtaken_and_lost,
    loss.reopened_after_loss,
    loss.begun_late,
    loss.ended_after_loss,
    loss.cleaned_by_the_other,
)
WATCHED: tuple[Callable[[Scene], None], ...] = (
    watched.extended_while_quiet,
    watched.closed_untold,
)
"""Over runs that examiners watch."""


def terms_for(situation: Callable[[Scene], None], terms: Terms) -> Terms:
    """The terms of an exam in which it can arise."""
    if situation in AT_ONCE:
        return structs.replace(terms, takeover=TakeoverPolicy.AT_ONCE)
    if situation is watched.extended_while_quiet:
        ends = terms.opens_at + 2 * watched.LONG_MS
        return structs.replace(terms, duration_ms=watched.LONG_MS, window_end=ends, closes_at=ends)
    if situation in (people.away_at_the_end, people.ahead_at_the_end, people.extended_at_the_end):
        short = min(terms.duration_ms, 14_000)
        policy = LatePolicy.DISCARD if terms.late_policy is LatePolicy.ACCEPT else terms.late_policy
        return structs.replace(terms, duration_ms=short, late_policy=policy)
    return terms
