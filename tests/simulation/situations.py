"""Hard spots: events and faults that belong together, since by chance they would meet once in a
million runs (pure). `plan` lays one over a run.
"""

from msgspec import structs

from examsync.exams.exam import Terms
from protocol.types import LatePolicy, TakeoverPolicy
from tests.simulation import situations_late as late
from tests.simulation import situations_lives as lives
from tests.simulation import situations_loss as loss
from tests.simulation import situations_people as people
from tests.simulation import situations_watched as watched
from tests.simulation.scene import Situation

AT_ONCE = {
    people.joined_and_crashed,
    people.clock_back,
    loss.reopened_after_loss,
    lives.leases_lost,
}
"""Where a device takes over without asking anybody."""
AT_THE_END = {
    people.away_at_the_end,
    people.ahead_at_the_end,
    people.extended_at_the_end,
    late.expired_ahead,
    lives.extended_and_lost,
}
"""Where the end of an attempt has to come before all heals."""
SITUATIONS: tuple[Situation, ...] = (
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
SUBTLE: tuple[Situation, ...] = (
    late.finished_late,
    late.flushed_by_another,
    late.answered_twice,
    late.repeated_and_crashed,
    late.expired_ahead,
    lives.restarted_and_forgotten,
    lives.written_after_a_restart,
    lives.flushed_in_another_life,
    lives.leases_lost,
    lives.durable_of_the_other,
    lives.heard_of_the_other,
    lives.extended_and_lost,
)
"""Of guards that others stand in for nearly always: nothing else misses these. They are drawn
apart, so that what a seed means does not change with their number."""
WATCHED: tuple[Situation, ...] = (
    watched.extended_while_quiet,
    watched.closed_untold,
)
"""Over runs that examiners watch."""


def terms_for(situation: Situation, terms: Terms) -> Terms:
    """The terms of an exam in which it can arise."""
    if situation in AT_ONCE:
        return structs.replace(terms, takeover=TakeoverPolicy.AT_ONCE)
    if situation is watched.extended_while_quiet:
        ends = terms.opens_at + 2 * watched.LONG_MS
        return structs.replace(terms, duration_ms=watched.LONG_MS, window_end=ends, closes_at=ends)
    if situation in AT_THE_END:
        short = min(terms.duration_ms, 14_000)
        policy = LatePolicy.DISCARD if terms.late_policy is LatePolicy.ACCEPT else terms.late_policy
        return structs.replace(terms, duration_ms=short, late_policy=policy)
    return terms
