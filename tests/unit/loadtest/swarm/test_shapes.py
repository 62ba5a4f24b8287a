"""Every shape is over in its time; scripts are drawn, and the same from the same dice."""

from random import Random

import pytest

from loadtest.swarm.shapes import (
    ANSWERS_END_BEFORE_S,
    AWAY_S,
    SHAPES,
    Schedule,
    Script,
    script,
    think_s,
)

CROWD = 400
ACTIVE_S = 60.0


def crowd(shape: str, active_s: float = ACTIVE_S) -> list[Script]:
    schedule = Schedule(shape, active_s, 5.0)
    return [script(schedule, Random(number)) for number in range(CROWD)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("active_s", [5.0, 60.0, 3_600.0])
def test_everybody_starts_then_answers_then_hands_in_before_the_end(
    shape: str, active_s: float
) -> None:
    schedule = Schedule(shape, active_s, 5.0)
    for part in crowd(shape, active_s):
        assert 0 <= schedule.opens_s <= part.start_s < part.submit_s <= active_s
        assert part.answers_until_s <= part.submit_s < schedule.ends_s
        assert all(0 < at < active_s for at, _ in part.cuts_s)


@pytest.mark.parametrize("shape", SHAPES)
def test_all_are_spawned_by_the_time_the_shape_says(shape: str) -> None:
    schedule = Schedule(shape, ACTIVE_S, 5.0)
    arrived_s = 1_000 / schedule.spawn_rate(1_000)
    assert arrived_s == pytest.approx(schedule.course.arrive * ACTIVE_S)
    assert arrived_s <= (schedule.course.open or 1.0) * ACTIVE_S


def test_a_few_users_come_one_a_second_at_least() -> None:
    assert Schedule("steady", 600.0, 5.0).spawn_rate(3) == 1.0


def test_at_the_bell_all_start_within_two_seconds() -> None:
    starts = [part.start_s for part in crowd("bell")]
    assert min(starts) >= 0.4 * ACTIVE_S
    assert max(starts) - min(starts) <= 2.0


def test_without_a_bell_each_starts_on_arrival() -> None:
    assert {part.start_s for part in crowd("steady")} == {0.0}


def test_only_a_storm_cuts_and_it_cuts_all_it_hits_at_one_instant() -> None:
    assert not any(part.cuts_s for part in crowd("steady"))
    cuts = [cut for part in crowd("storm") for cut in part.cuts_s]
    assert {at for at, _ in cuts} == {0.45 * ACTIVE_S, 0.65 * ACTIVE_S}
    assert len(cuts) == pytest.approx(CROWD * 1.5, rel=0.1)
    away = [away_s for _, away_s in cuts if away_s]
    assert len(away) == pytest.approx(len(cuts) * 0.3, rel=0.25)
    assert all(AWAY_S[0] <= away_s <= AWAY_S[1] for away_s in away)


def test_in_the_final_minute_half_hand_in_at_the_deadline_and_none_answers_that_late() -> None:
    parts = crowd("final")
    at_deadline = [part for part in parts if part.submit_s == ACTIVE_S]
    assert len(at_deadline) == pytest.approx(CROWD / 2, rel=0.2)
    assert all(part.answers_until_s <= ACTIVE_S - ANSWERS_END_BEFORE_S for part in parts)


def test_the_same_dice_draw_the_same_script() -> None:
    assert crowd("storm") == crowd("storm")


def test_people_think_as_long_as_they_are_said_to_on_average() -> None:
    part, dice = crowd("steady")[0], Random(1)
    drawn = [think_s(part, dice) for _ in range(4_000)]
    assert sum(drawn) / len(drawn) == pytest.approx(5.0, rel=0.06)
    assert max(drawn) <= 40.0
