"""Whatever happens on the way, nothing acked is forgotten before it is durable, and in the end the
server holds what the candidate last meant. Dice play candidate, network, server and time.
"""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from loadtest.client.entry import ANSWER, SUBMIT
from tests.unit.loadtest.client.world import BAD, ITEMS, World

Step = Callable[[World, Random], None]

STEPS: dict[Step, int] = {
    lambda w, r: w.connects(): 20,
    lambda w, r: w.requests_arrive(r.randint(1, 5)): 30,
    lambda w, r: w.replies_arrive(r.randint(1, 5), r.random() < 0.3): 30,
    lambda w, r: w.answers(r.choice(ITEMS)): 20,
    lambda w, r: w.time_passes(r.choice([10, 500, 3_000])): 12,
    lambda w, r: w.time_passes(20_000): 1,
    lambda w, r: w.everything_becomes_durable(): 4,
    lambda w, r: w.a_request_arrives_twice(): 2,
    lambda w, r: w.a_request_is_lost(r.randint(0, 9)): 2,
    lambda w, r: w.a_straggler_arrives(): 3,
    lambda w, r: w.a_reply_arrives_twice(): 2,
    lambda w, r: w.an_ack_is_empty_or_lost(r.randint(0, 9), r.choice([None, [], {}])): 3,
    lambda w, r: w.answers_badly_and_then_well(r.choice(ITEMS), r.choice(BAD)): 1,
    lambda w, r: w.switches_tabs(): 2,
    lambda w, r: w.starts(): 3,
    lambda w, r: w.submits(): 1,
    lambda w, r: w.cuts(): 3,
    lambda w, r: w.the_client_crashes_and_comes_back(): 1,
    lambda w, r: w.redis_loses_its_data(r.random() < 0.5): 2,
    lambda w, r: w.the_lease_moves_on(): 1,
    lambda w, r: w.a_worker_forgets_its_connections(): 1,
    lambda w, r: w.redis_is_away(r.random() < 0.3): 2,
}
"""What can happen and how often: mostly an exam, seldom a disaster."""


def afternoon(seed: int, steps: int) -> World:
    """A whole sitting by dice, checked after every step and healed in the end."""
    dice, world = Random(seed), World()
    world.sits_down(dice.randint(0, 3))
    for step in dice.choices(list(STEPS), list(STEPS.values()), k=steps):
        step(world, dice)
        world.check()
    world.heal()
    return world


@pytest.mark.parametrize("first", range(0, 1_000, 100))
def test_nothing_is_lost_in_a_hundred_afternoons_from(first: int) -> None:
    for seed in range(first, first + 100):
        try:
            afternoon(seed, 120)
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise


def test_the_afternoons_are_eventful_enough_to_mean_something() -> None:
    worlds = [afternoon(seed, 120) for seed in range(60)]
    assert sum(world.server.stored.closed for world in worlds) > 10
    assert sum(world.server.epoch > 1 for world in worlds) > 40
    assert sum(len(world.acked) == len(ITEMS) for world in worlds) > 40
    assert sum(world.session.ledger.repeats for world in worlds) > 60
    leases = {held.version[0] for w in worlds for held in w.server.stored.responses.values()}
    assert len(leases) > 10


class NeverLost(RuleBasedStateMachine):
    """The same world in the hands of hypothesis, which shrinks what it finds."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @initialize(answered=st.integers(0, 3))
    def sits_down(self, answered: int) -> None:
        self.world.sits_down(answered)

    @rule(step=st.sampled_from(range(len(STEPS))), dice=st.integers(0, 50))
    def happens(self, step: int, dice: int) -> None:
        list(STEPS)[step](self.world, Random(dice))

    @invariant()
    def nothing_can_be_lost(self) -> None:
        self.world.check()

    def teardown(self) -> None:
        self.world.heal()


TestNeverLost = NeverLost.TestCase
TestNeverLost.settings = settings(
    max_examples=60, stateful_step_count=60, suppress_health_check=list(HealthCheck)
)


def test_an_exam_by_hand_started_answered_lost_replayed_submitted_and_drained() -> None:
    world = World()
    world.sits_down(0)
    world.connects()
    world.heal_a_little()
    world.starts()
    world.heal_a_little()
    for item in ITEMS:
        world.answers(item)
    world.requests_arrive(20)
    world.replies_arrive(20, False)
    assert all(e.saved for e in world.session.outbox.entries if e.event == ANSWER)
    world.redis_loses_its_data(told=True)
    assert world.server.live.responses == {}
    world.submits()
    assert world.session.outbox.find(SUBMIT) is not None
    world.heal()
    assert world.server.stored.closed
    assert world.session.settled
