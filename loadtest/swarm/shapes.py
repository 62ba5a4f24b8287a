"""What a crowd does over the time of a run (pure): the shapes, and one candidate's part in one.

Seconds count from the start of the run. Shares are of `active_s`, the time in which people act.
"""

from random import Random

from msgspec import Struct

ANSWERS_END_BEFORE_S = 1.5
"""At a common deadline the last answers go this long before it: none may be late by our doing."""
TAIL_S = 2.0
"""After the last planned act, before everybody is told to go home."""
SIGNALS_PER_ANSWER = 0.03
AWAY_SHARE = 0.3
AWAY_S = (0.5, 5.0)
"""Of those who are cut, so many are away so long, and come back with what they did meanwhile."""


class Shape(Struct, frozen=True):
    """One course of events.

    `arrive`: everybody is here by then. `open`: the exam opens then, and all who are here start
    within `start_spread_s`; None: it is open, and each starts on arrival. `cuts`: (when, share of
    the connections that are cut at that instant); most are back at once, some stay away for a while
    and go on answering. `submit`: people hand in between these; of them
    `at_deadline` do nothing until the common deadline, the end of `active_s`, and hand in then.
    """

    says: str
    arrive: float
    open: float | None = None
    start_spread_s: float = 0.0
    cuts: tuple[tuple[float, float], ...] = ()
    submit: tuple[float, float] = (0.85, 1.0)
    at_deadline: float = 0.0
    common_deadline: bool = False


SHAPES: dict[str, Shape] = {
    "steady": Shape("people arrive, answer at their pace, and hand in towards the end", 0.2),
    "bell": Shape(
        "all wait for the exam to open, and start together", 0.3, open=0.4, start_spread_s=2.0
    ),
    "storm": Shape(
        "twice, most connections are cut at one instant and come back",
        0.2,
        cuts=((0.45, 0.6), (0.65, 0.9)),
    ),
    "final": Shape(
        "one deadline for all; half hand in over the last quarter, half at its last second",
        0.15,
        submit=(0.75, 0.97),
        at_deadline=0.5,
        common_deadline=True,
    ),
}


class Schedule(Struct, frozen=True):
    """A run in time: which shape, how long, how fast people answer. `seed`: who does what."""

    shape: str
    active_s: float
    think_s: float
    seed: int = 1

    @property
    def course(self) -> Shape:
        """The shape itself."""
        return SHAPES[self.shape]

    @property
    def opens_s(self) -> float:
        """When the exam opens; at once, unless there is a bell."""
        return (self.course.open or 0.0) * self.active_s

    @property
    def ends_s(self) -> float:
        """When the users are told to go home."""
        return self.active_s + TAIL_S

    def spawn_rate(self, users: int) -> float:
        """Users a second, so that all are here in time."""
        return max(users / (self.course.arrive * self.active_s), 1.0)


class Script(Struct, frozen=True):
    """One candidate's part. Starts when the exam is open and `start_s` has come."""

    start_s: float
    cuts_s: tuple[tuple[float, float], ...]
    """When, and how long away."""
    answers_until_s: float
    submit_s: float
    think_s: float


def script(schedule: Schedule, dice: Random) -> Script:
    """Draw one."""
    course, active_s = schedule.course, schedule.active_s
    spread_s = min(course.start_spread_s, active_s * 0.1)
    submit_s = dice.uniform(*course.submit) * active_s
    if dice.random() < course.at_deadline:
        submit_s = active_s
    until_s = min(submit_s, active_s - ANSWERS_END_BEFORE_S * course.common_deadline)
    return Script(
        start_s=schedule.opens_s + dice.random() * spread_s,
        cuts_s=cuts(schedule, dice),
        answers_until_s=until_s,
        submit_s=submit_s,
        think_s=schedule.think_s,
    )


def cuts(schedule: Schedule, dice: Random) -> tuple[tuple[float, float], ...]:
    """The cuts that hit this candidate."""
    found = []
    for at, share in schedule.course.cuts:
        hit, stays, away_s = (
            dice.random() < share,
            dice.random() < AWAY_SHARE,
            dice.uniform(*AWAY_S),
        )
        if hit:
            found.append((at * schedule.active_s, away_s * stays))
    return tuple(found)


def think_s(part: Script, dice: Random) -> float:
    """Until the next answer: mostly short, sometimes long (lognormal, its mean is `think_s`)."""
    sigma = 0.6
    return min(part.think_s * dice.lognormvariate(-(sigma**2) / 2, sigma), part.think_s * 8)
