"""What a seed means: the size of the world, the terms of the exam, who does what when, and the
faults, each with its time. Everything is drawn here, before the run; nothing else uses the seed
but the dice of chance within the run."""

import random

from msgspec import Struct

from examsync.exams.exam import Terms
from protocol.types import LatePolicy, TakeoverPolicy
from tests.simulation import situations
from tests.simulation.loop import EPOCH_MS
from tests.simulation.points import CELLS, CRASH_BEFORE, FEED_POINTS, HELD, LATE_BEFORE
from tests.simulation.scene import Scene, Situation
from tests.simulation.strikes import Strike
from tests.simulation.timeline import HEALED_S, Event

LOSSES = ("redis_rollback", "redis_wipe", "redis_flushall", "redis_failover", "redis_split")
"""Faults by which Redis loses what it had acknowledged; after the last there are two primaries."""
FAULTS = (
    *LOSSES,
    "redis_restart",
    "redis_freeze",
    "redis_noise",
    "redis_full",
    "redis_clock",
    "worker_crash",
    "background_crash",
    "background_pause",
    "worker_pause",
    "postgres_outage",
    "postgres_doubt",
    "network_noise",
    "device_crash",
)
RARE = {
    "redis ZADD due": 20,
    "redis ZREM due": 8,
    "redis forget.lua": 3,
    "postgres latest": 12,
    "candidate submit": 2,
    "candidate violation": 2,
    "candidate raise_hand": 2,
    "event reopened": 8,
    "event resumed": 5,
    "event paused": 5,
    "event time_changed": 3,
}
"""Commands that most runs do not see: they are struck more often, and when they come first."""
HARD = {
    ("redis finish.lua", HELD): 12,
    ("redis finish.lua", CRASH_BEFORE): 4,
    ("redis finish.lua", LATE_BEFORE): 4,
    ("postgres flush", HELD): 6,
    ("postgres rebuild", HELD): 4,
    ("redis create.lua", HELD): 4,
}
"""Faults between two steps that belong together: they are struck more often, for some of the guards
there are missed only when much else comes together."""
WATCHED = tuple(cell for cell in CELLS if cell[0] in FEED_POINTS)
OFTEN = tuple(
    cell
    for cell in CELLS
    if cell not in WATCHED
    for _ in range(max(RARE.get(cell[0], 1), HARD.get(cell, 1)))
)
SCARCE = tuple(cell for cell in CELLS if cell[0] == "event hand")
SCARCE_SHARE = 0.03
"""What few runs see at all is struck in some of them besides all else: with dice of their own, so
all other runs stay what they were."""
MONITORED = 0.25
SITUATED, SUBTLE, SEEN = 0.5, 0.25, 0.15
"""How often a hard spot, or a subtle one, is laid over a run that nobody watches; and a hard spot
over one that is watched."""
ONE = ("extend", "extend", "pause", "resume", "terminate", "submit_for", "reopen", "message")
ALL = ("extend", "pause", "resume", "terminate", "submit_for", "reopen", "message")


class Plan(Struct):
    """A seed, spelt out."""

    seed: int
    partitions: int
    devices: list[int]
    """How many devices each attempt has."""
    workers: int
    backgrounds: int
    terms: Terms
    events: list[Event]
    strikes: list[Strike]
    news_lost: float
    harsh_ids: bool
    monitored: bool
    """Whether examiners watch; they cost as much as all the rest."""


def plan(seed: int, *, heavy: bool = False) -> Plan:
    """What this seed means."""
    dice = random.Random(f"plan {seed} {heavy}")
    devices = dice.choice([[1], [2], [1, 1], [2, 1], [3], [2, 2]])
    if heavy and devices in ([1], [1, 1]):
        devices = [2]
    drawn = Plan(
        seed=seed,
        partitions=1 if dice.random() < 0.7 else 2,
        devices=devices,
        workers=dice.choice([2, 2, 3]),
        backgrounds=dice.choice([2, 2, 3]),
        terms=terms(dice),
        events=[],
        strikes=[],
        news_lost=dice.choice([0.0, 0.1, 0.5]),
        harsh_ids=dice.random() < 0.5,
        monitored=dice.random() < MONITORED,
    )
    drawn.strikes = strikes(dice, heavy=heavy, monitored=drawn.monitored)
    drawn.strikes += scarce_strikes(random.Random(f"scarce {seed} {heavy}"))
    drawn.events = candidates(dice, drawn)
    drawn.events += [*examiner(dice, drawn), *faults(dice, heavy=heavy)]
    if drawn.monitored:
        drawn.events += watchers(dice)
    situated(drawn, random.Random(f"situation {seed} {heavy}"))
    drawn.events.sort(key=lambda event: event.at)
    return drawn


def situated(drawn: Plan, dice: random.Random) -> None:
    """Lay a hard spot over a plan, if one is drawn."""
    situation = drawn_situation(dice, monitored=drawn.monitored)
    if situation is None:
        return
    drawn.terms = situations.terms_for(situation, drawn.terms)
    opens = [event.at for event in drawn.events if event.what == "open"]
    starts = {event.who: event.at for event in reversed(drawn.events) if event.what == "start"}
    scene = Scene(dice, drawn.terms, drawn.devices, opens, starts)
    situation(scene)
    if scene.calm:
        drawn.events = [event for event in drawn.events if event.kind in ("device", "watch")]
        drawn.strikes = []
    drawn.events += scene.events
    drawn.strikes += scene.strikes


def drawn_situation(dice: random.Random, *, monitored: bool) -> Situation | None:
    """The hard spot of a run, if it has one."""
    luck = dice.random()
    if monitored:
        return dice.choice(situations.WATCHED) if luck < SEEN else None
    if luck < SITUATED:
        return dice.choice(situations.SITUATIONS)
    return dice.choice(situations.SUBTLE) if luck < SITUATED + SUBTLE else None


def terms(dice: random.Random) -> Terms:
    """A short exam."""
    opens_at = EPOCH_MS + dice.choice([0, 1_500])
    duration_ms = dice.randrange(10_000, 30_000)
    window_ms = dice.randrange(18_000, 40_000)
    return Terms(
        opens_at=opens_at,
        window_end=opens_at + window_ms,
        closes_at=opens_at + window_ms + dice.randrange(0, 10_000),
        duration_ms=duration_ms,
        grace_ms=dice.choice([1_000, 3_000]),
        late_policy=dice.choice(list(LatePolicy)),
        takeover=dice.choice([*[TakeoverPolicy.AT_ONCE] * 3, *TakeoverPolicy]),
        heartbeat_period_s=3.0,
    )


def candidates(dice: random.Random, drawn: Plan) -> list[Event]:
    """What the owners of devices do."""
    events: list[Event] = []
    who = 0
    for devices in drawn.devices:
        for nth in range(devices):
            come = dice.uniform(0, 3) if nth == 0 else dice.uniform(2, 18)
            events.append(Event(come, "device", "open", who))
            start = come + dice.uniform(0.1, 2)
            events.append(Event(start, "device", "start", who))
            events.append(Event(start + 4, "device", "start", who))
            for _ in range(dice.randrange(4, 12)):
                events.append(Event(dice.uniform(start, 26), "device", "answer", who))
            for what, chance in (
                ("submit", 0.4),
                ("violation", 0.5),
                ("raise_hand", 0.3),
                ("take_over", 0.5),
                ("offline", 0.3),
            ):
                if dice.random() < chance:
                    events.append(Event(dice.uniform(start + 1, 26), "device", what, who))
            who += 1
    return events


def examiner(dice: random.Random, drawn: Plan) -> list[Event]:
    """What the examiner does: on one attempt, or on all."""
    events: list[Event] = []
    for _ in range(dice.choice([0, 1, 1, 2, 3])):
        at, who = dice.uniform(2, 24), dice.randrange(len(drawn.devices))
        what = dice.choice(ONE)
        events.append(Event(at, "one", what, who))
        if what == "pause" and dice.random() < 0.8:
            events.append(Event(at + dice.uniform(1, 6), "one", "resume", who))
    if dice.random() < 0.4:
        at, what = dice.uniform(0.5, 24), dice.choice(ALL)
        events.append(Event(at, "all", what))
        if what == "pause" and dice.random() < 0.8:
            events.append(Event(at + dice.uniform(1, 6), "all", "resume"))
    if dice.random() < 0.1:
        start = dice.choice([event.at for event in drawn.events if event.what == "start"])
        events.append(Event(start + dice.uniform(-1, 0.5), "all", "terminate"))
    if dice.random() < 0.4:
        who = dice.randrange(len(drawn.devices))
        events.append(Event(dice.uniform(2, 20), dice.choice(["one", "all"]), "message", who))
    if drawn.terms.takeover is TakeoverPolicy.ON_APPROVAL:
        for who in range(len(drawn.devices)):
            for _ in range(2):
                events.append(Event(dice.uniform(4, 26), "one", "approve_takeover", who))
    return events


def faults(dice: random.Random, *, heavy: bool) -> list[Event]:
    """What goes wrong. Heavy: several at once, and data is lost."""
    count = dice.randrange(4, 8) if heavy else dice.choice([0, 1, 2, 3])
    events: list[Event] = []
    for _ in range(count):
        what = dice.choice(LOSSES) if heavy and dice.random() < 0.5 else dice.choice(FAULTS)
        at = dice.uniform(1.5, HEALED_S - 1)
        seconds = dice.uniform(0.1, 3) if dice.random() < 0.8 else dice.uniform(3, 7)
        events.append(Event(at, "fault", what, dice.randrange(6), seconds))
    return events


def watchers(dice: random.Random) -> list[Event]:
    """Examiners come to watch, at any time; what they hold then is a fresh snapshot."""
    return [Event(dice.uniform(0, 24), "watch", "watch") for _ in range(dice.choice([2, 3, 4]))]


def strikes(dice: random.Random, *, heavy: bool, monitored: bool) -> list[Strike]:
    """At which commands something goes wrong: the first ones of a kind, or one at some moment."""
    drawn: list[Strike] = []
    for _ in range(dice.choice([2, 3, 4] if heavy else [0, 1, 2, 3])):
        watched = monitored and dice.random() < 0.5
        point, fault = dice.choice(WATCHED if watched else OFTEN)
        early = point in RARE or dice.random() < 0.5
        after = 0.0 if early else dice.uniform(0, HEALED_S - 2)
        nth = 1 + int(dice.expovariate(0.4)) if early and point not in RARE else 1
        drawn.append(Strike(point, fault, after, nth))
    return drawn


def scarce_strikes(dice: random.Random) -> list[Strike]:
    """In a few runs one more, where the others would hardly ever hit."""
    if dice.random() >= SCARCE_SHARE:
        return []
    point, fault = dice.choice(SCARCE)
    return [Strike(point, fault, 0.0, 1)]
