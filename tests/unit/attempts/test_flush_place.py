"""Where the facts of a batch belong: in the chain, aside of it, or not yet to be said."""

import random

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from examsync.attempts.attempt import Attempt, apply
from examsync.attempts.flush import place
from examsync.attempts.ports import Batch, Entry, Placement, Row
from protocol.facts import Body, Fact
from tests.builders import (
    attempt,
    fact,
    granted,
    life,
    paused,
    reopened,
    resumed,
    saved,
    started,
    submitted,
)

BODIES: list[Body] = [granted(), started(), saved(seq=1), paused(2), resumed(3), saved(seq=2)]
MORE: list[Body] = [submitted(), reopened(9), saved(seq=3), submitted()]


def chain(of: Attempt, *bodies: Body) -> list[Fact]:
    """These facts, one on the other."""
    facts = []
    for body in bodies:
        facts.append(fact(of, body))
        of = apply(of, facts[-1])
    return facts


def row(of: Attempt) -> Row:
    """The attempt's row."""
    return Row(of.epoch, of.n, of.head, of.core, of.seat.exam)


def after(of: Attempt, facts: list[Fact]) -> Attempt:
    """The attempt after these facts."""
    for each in facts:
        of = apply(of, each)
    return of


def batch(facts: list[Fact], epoch: int = 1) -> Batch:
    """These facts, as a flusher reads them."""
    return Batch(life(epoch=epoch), [Entry(f"{n}-0", each) for n, each in enumerate(facts, 1)])


def placed(of: Attempt, facts: list[Fact], logged: set[str] | None = None) -> Placement:
    """What becomes of a batch when the attempt's row is as of `of`."""
    return place({of.id: row(of)}, batch(facts, of.epoch), logged)


def numbers(facts: list[Fact]) -> list[int]:
    """Their places in the chain."""
    return [each.n for each in facts]


START = attempt()
FACTS = chain(START, *BODIES)


def test_facts_in_order_enter_the_chain() -> None:
    said = placed(START, FACTS)
    end = after(START, FACTS)
    assert said.main == FACTS
    assert (said.branches, said.waiting, said.later) == ([], [], 0)
    assert said.rows == {START.id: row(end)}
    assert said.durable == {START.id: (1, 6)}
    assert [entry.fact for entry in said.done] == FACTS


def test_facts_out_of_order_enter_the_chain_in_order() -> None:
    said = placed(START, FACTS[::-1])
    assert said.main == FACTS
    assert said.rows[START.id] == row(after(START, FACTS))


def test_a_fact_whose_predecessor_is_elsewhere_waits() -> None:
    said = placed(START, FACTS[1:])
    assert (said.main, said.branches, said.done, said.rows) == ([], [], [], {})
    assert [entry.fact for entry in said.waiting] == FACTS[1:]
    assert said.durable == {START.id: (1, 0)}
    gap = placed(START, [*FACTS[:2], *FACTS[3:]])
    assert numbers(gap.main) == [1, 2]
    assert [entry.fact.n for entry in gap.waiting] == [4, 5, 6]
    assert gap.durable == {START.id: (1, 2)}


def test_a_repeat_is_done_again_without_effect() -> None:
    end = after(START, FACTS)
    said = placed(end, FACTS[2:])
    assert (said.main, said.rows, said.waiting) == ([], {}, [])
    assert [entry.fact for entry in said.done] == FACTS[2:]
    assert said.durable == {START.id: (1, 6)}, "whoever committed it may have died before telling"


def test_part_repeat_part_new() -> None:
    said = placed(after(START, FACTS[:4]), FACTS[2:])
    assert numbers(said.main) == [5, 6]
    assert numbers(said.branches) == [3, 4]
    assert len(said.done) == 4


def test_facts_of_an_older_epoch_are_branches_and_move_nothing() -> None:
    fenced = structs.replace(after(START, FACTS[:3]), epoch=2)
    said = place({START.id: row(fenced)}, batch(FACTS[3:], epoch=2))
    assert (said.main, said.rows) == ([], {})
    assert said.branches == FACTS[3:]
    assert said.durable == {START.id: (2, 3)}
    assert len(said.done) == 3


def test_after_a_rebuild_the_chain_goes_on_in_the_new_epoch() -> None:
    """The branch that was lost and the chain that was taken up share their numbers."""
    fenced = structs.replace(after(START, FACTS[:3]), epoch=2)
    new = chain(fenced, *MORE)
    said = place({START.id: row(fenced)}, batch([*FACTS[3:], *new], epoch=2))
    assert said.main == new
    assert said.branches == FACTS[3:]
    assert said.durable == {START.id: (2, 7)}


def test_backlog_of_an_older_life_enters_while_nobody_has_rebuilt() -> None:
    said = place({START.id: row(START)}, batch(FACTS, epoch=2))
    assert said.main == FACTS
    assert said.durable == {}, "durable is told in the epoch of the Redis that is spoken to"


def test_two_primaries_are_noticed() -> None:
    """Postgres was told of a later life while this Redis goes on with its own."""
    ahead = structs.replace(after(START, FACTS[:3]), epoch=5)
    said = place({START.id: row(ahead)}, batch(FACTS[3:], epoch=1))
    assert (said.later, said.durable) == (5, {})
    assert said.branches == FACTS[3:]
    older = structs.replace(ahead, epoch=1)
    assert place({START.id: row(older)}, batch(FACTS[3:], epoch=1)).later == 0


def test_of_several_later_epochs_the_latest_is_met() -> None:
    ravi = attempt(candidate="ravi")
    rows = {START.id: row(structs.replace(START, epoch=5)), ravi.id: row(ravi)}
    rows[ravi.id] = row(structs.replace(ravi, epoch=9))
    assert place(rows, batch([*FACTS, *chain(ravi, *BODIES)])).later == 9


def test_another_fact_of_the_same_number_is_a_branch() -> None:
    other = chain(after(START, FACTS[:2]), saved(seq=9))
    said = placed(after(START, FACTS), other)
    assert (said.branches, said.main) == (other, [])


def test_attempts_do_not_wait_for_each_other() -> None:
    ravi = attempt(candidate="ravi")
    his = chain(ravi, *BODIES)
    rows = {START.id: row(START), ravi.id: row(ravi)}
    said = place(rows, batch([*FACTS[1:], *his]))
    assert said.main == his
    assert len(said.waiting) == 5
    assert set(said.rows) == {ravi.id}


def test_facts_of_nobody_are_kept_in_the_log() -> None:
    """A Postgres that has lost a registration: nothing may be dropped."""
    for logged in (None, {each.hash for each in FACTS}):
        said = place({}, batch(FACTS), logged)
        assert (said.main, said.branches, said.done) == ([], [], [])
        assert [entry.fact for entry in said.waiting] == FACTS


# --- orphans --------------------------------------------------------------------------------------


def hashes(facts: list[Fact]) -> set[str]:
    """What the log held."""
    return {each.hash for each in facts}


def test_what_builds_on_a_fact_that_is_nowhere_is_an_orphan_with_all_that_follows() -> None:
    said = placed(START, FACTS[2:], hashes(FACTS[2:]))
    assert said.branches == FACTS[2:]
    assert (said.waiting, said.main, len(said.done)) == ([], [], 4)


def test_what_builds_on_a_fact_that_is_in_the_log_waits() -> None:
    said = placed(START, FACTS[2:], hashes(FACTS[1:]))
    assert [entry.fact for entry in said.waiting] == FACTS[2:]
    assert said.branches == []


def test_a_fact_that_came_after_the_log_was_read_is_no_orphan() -> None:
    """Its predecessor may have come with it, and another flusher may hold that."""
    for logged in (set[str](), hashes(FACTS[:1]), {"something else"}):
        said = placed(START, FACTS[3:], logged)
        assert [entry.fact for entry in said.waiting] == FACTS[3:]
        assert said.branches == []


def test_without_a_look_at_the_log_nothing_is_an_orphan() -> None:
    assert len(placed(START, FACTS[2:]).waiting) == 4


# --- any split, any order, any repeats ------------------------------------------------------------


@given(st.data(), st.integers(1, 6), st.randoms(use_true_random=False))
def test_any_split_in_any_order_with_repeats_ends_in_the_same_row(
    data: st.DataObject, flushers: int, luck: random.Random
) -> None:
    """As competing flushers would: each holds some entries, repeats some, and tries in turn."""
    facts = chain(START, *BODIES, *MORE)
    hands: list[list[Fact]] = [[] for _ in range(flushers)]
    for each in facts:
        hands[data.draw(st.integers(0, flushers - 1))].append(each)
    now, stored = START, list[Fact]()
    for _ in range(len(facts) * flushers + 1):
        hand = luck.choice(hands)
        repeats = luck.sample(stored, k=min(len(stored), luck.randint(0, 2)))
        tried = [*hand, *repeats]
        luck.shuffle(tried)
        said = placed(now, tried)
        assert not set(numbers(said.main)) & set(numbers(stored)), "nothing enters twice"
        assert {each.hash for each in said.branches} <= hashes(stored)
        now = after(now, said.main)
        stored += said.main
        hand[:] = [entry.fact for entry in said.waiting]
    for _ in facts:
        for hand in hands:
            said = placed(now, hand)
            now, stored = after(now, said.main), stored + said.main
            hand[:] = [entry.fact for entry in said.waiting]
    assert stored == facts
    assert now == after(START, facts)


@given(st.integers(0, len(FACTS)), st.data())
def test_a_fence_lets_in_what_was_committed_and_nothing_after(at: int, data: st.DataObject) -> None:
    """However the old facts come after a rebuild, the row stays where it was taken up."""
    fenced = structs.replace(after(START, FACTS[:at]), epoch=2)
    new = chain(fenced, *MORE)
    mixed = data.draw(st.permutations([*FACTS, *new]))
    said = place({START.id: row(fenced)}, batch(list(mixed), epoch=2))
    assert said.main == new
    assert hashes(said.branches) == hashes(FACTS)
    assert said.waiting == []
