"""What kind of person sits here, and what will happen to them (pure, decided before it begins)."""

from enum import StrEnum
from random import Random

from msgspec import Struct


class Happening(StrEnum):
    """What happens to a candidate besides thinking and answering."""

    GO_OFFLINE = "go_offline"
    COME_ONLINE = "come_online"
    LEAVE_TAB = "leave_tab"
    RETURN_TO_TAB = "return_to_tab"
    RAISE_HAND = "raise_hand"
    RELOAD = "reload"
    """The browser is closed and opened again: new memory, the same device and outbox."""
    CHANGE_DEVICE = "change_device"
    VANISH = "vanish"
    """Gone, without a goodbye, and not coming back."""
    SUBMIT = "submit"


class Temper(Struct):
    """One candidate's afternoon. Times are seconds from the beginning of the run."""

    arrives_s: float
    think_s: float
    """Median time between two answers."""
    happenings: list[tuple[float, Happening]]
    absent: bool = False


ABSENT = 0.03
SHARES: dict[Happening, float] = {
    Happening.GO_OFFLINE: 0.25,
    Happening.LEAVE_TAB: 0.20,
    Happening.RAISE_HAND: 0.08,
    Happening.RELOAD: 0.15,
    Happening.CHANGE_DEVICE: 0.08,
    Happening.VANISH: 0.06,
    Happening.SUBMIT: 0.30,
}
"""How many of a hundred do it. More eventful than an ordinary afternoon, on purpose."""
THINK_S_MIN, THINK_S_MAX = 0.5, 9.0
ANSWERS_WANTED = 30
"""In a short run people think faster, so that there is something to see."""
ARRIVE_SHARE, ARRIVE_S_MAX = 0.15, 20.0


def temper(dice: Random, for_s: float) -> Temper:
    """Somebody, for a run of `for_s` seconds."""
    arrives_s = dice.uniform(0, min(for_s * ARRIVE_SHARE, ARRIVE_S_MAX))
    usual = min(max(for_s / ANSWERS_WANTED, THINK_S_MIN), THINK_S_MAX)
    return Temper(
        arrives_s,
        usual * dice.uniform(0.6, 1.8),
        sorted(_happenings(dice, arrives_s, for_s)),
        absent=dice.random() < ABSENT,
    )


def _happenings(dice: Random, arrives_s: float, for_s: float) -> list[tuple[float, Happening]]:
    def at(first: float, last: float) -> float:
        return arrives_s + (for_s - arrives_s) * dice.uniform(first, last)

    does = {what for what, share in SHARES.items() if dice.random() < share}
    found: list[tuple[float, Happening]] = []
    if Happening.GO_OFFLINE in does:
        gone = at(0.1, 0.7)
        found.append((gone, Happening.GO_OFFLINE))
        found.append((gone + for_s * dice.uniform(0.04, 0.2), Happening.COME_ONLINE))
    if Happening.LEAVE_TAB in does:
        for _ in range(dice.randint(1, 3)):
            left = at(0.1, 0.9)
            found.append((left, Happening.LEAVE_TAB))
            found.append((left + dice.uniform(0.5, 8), Happening.RETURN_TO_TAB))
    for what in (Happening.RAISE_HAND, Happening.RELOAD, Happening.CHANGE_DEVICE):
        if what in does:
            found.append((at(0.2, 0.8), what))
    if Happening.VANISH in does:
        found.append((at(0.3, 0.8), Happening.VANISH))
    elif Happening.SUBMIT in does:
        found.append((at(0.6, 0.95), Happening.SUBMIT))
    return found


def think_s(temper: Temper, dice: Random) -> float:
    """How long until the next answer: mostly short, sometimes long (lognormal, sigma 0.6)."""
    return min(temper.think_s * dice.lognormvariate(0, 0.6), temper.think_s * 8)
