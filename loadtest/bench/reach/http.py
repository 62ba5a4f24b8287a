"""What one core gives over HTTP: with a read in Postgres for each request, and without."""

import asyncio

import asyncpg
from msgspec import Struct

from loadtest.bench.house import SECRET, House
from loadtest.bench.reach import seated
from loadtest.bench.reach.asking import Ask, Asked, Crowd, request
from loadtest.bench.reach.row import Measured
from loadtest.bench.reach.run import Run, Server
from loadtest.served import NotServed
from loadtest.tokens import sign
from protocol.types import Role

PEOPLE = 500
"""Who ask in turns: at the rates of the goals each of them 3 to 5 times a second, within the limit
of 20 that everybody has."""
CONNECTIONS, OPEN_CONNECTIONS = 16, 64
SHARE_OF_CAPACITY = 0.7
"""What the open loop asks for where the machine gives less than the goal."""
LATE_MS_MAX = 50.0
OURS_MAX = 0.85
SHARE_MIN = 0.5
"""Of its core; a closed loop leaves the server with less only where others are at work."""
SETTLE_S = 11.0
"""A session of Postgres that has nothing to do tells what it did ten seconds later."""


class Route(Struct, frozen=True):
    """What is asked, as whom, and how often a second one core is to answer."""

    name: str
    path: str
    role: Role
    what: str
    per_s_min: int


READ = Route(
    "http-read",
    "/events?after=0",
    Role.ADMIN,
    "GET /events, a program that asks what is new: one read in Postgres",
    1_500,
)
PLAIN = Route(
    "http-plain", "/me", Role.CANDIDATE, "GET /me, who a token says one is: no read at all", 2_500
)
MINE = Route(
    "my exams", "/my/exams", Role.CANDIDATE, "what a candidate's page asks first: three reads", 0
)


class Found(Struct, frozen=True):
    """What a route came to: a closed and an open loop, and transactions for each request."""

    route: Route
    closed: Asked
    open: Asked
    rate: int
    reads: float


def http_read(run: Run) -> Measured:
    """The row of routes that read in Postgres; a candidate's own exams besides."""
    found, mine = asked(run, [READ, MINE])
    more = {"GET /my/exams: requests/s per core": per_core(mine.closed)}
    return row(found, {**more, "GET /my/exams: reads per request": mine.reads})


def http_plain(run: Run) -> Measured:
    """The row of routes that do not."""
    return row(asked(run, [PLAIN])[0], {})


def asked(run: Run, routes: list[Route]) -> list[Found]:
    """These routes of one server. Raises NotServed, OfficeError."""
    people = run.people(PEOPLE)
    with run.house() as house:
        office = house.office()
        seats = seated.seats_for(office, house.folder, office.ensure_paper(), people)
        with run.serving(house) as server:
            return [measured(run, server, each, people, seats.exams[0]) for each in routes]


def measured(run: Run, server: Server, route: Route, people: int, exam: str) -> Found:
    """One route. Raises NotServed."""
    names = [f"reach-{number:05d}" for number in range(1, people + 1)]
    tokens = [sign(SECRET, name, route.role, exam) for name in names]
    requests = [request(route.path, token) for token in tokens]
    closed, reads = counted(server, Ask(requests, CONNECTIONS))
    rate = round(min(route.per_s_min or closed.per_s, SHARE_OF_CAPACITY * closed.per_s))
    open_ = window(server, Ask(requests, OPEN_CONNECTIONS, max(rate, 1)))
    run.say(
        f"  {route.path}: {closed.cpu_us:.0f} us, {closed.per_s:.0f}/s; at {rate}/s p95 "
        f"{open_.percentile_ms(95):.1f} ms"
    )
    return Found(route, closed, open_, rate, reads)


def window(server: Server, ask: Ask) -> Asked:
    """One window in which every request was answered well. Raises NotServed."""
    found = asyncio.run(Crowd(ask).run(server.port, server.process.cpu_s))
    if set(found.statuses) != {200}:
        raise NotServed(f"not all were answered with 200: {found.statuses}.")
    return found


def counted(server: Server, ask: Ask) -> tuple[Asked, float]:
    """One window, and how many transactions Postgres made for each of its requests."""
    before = transactions(server.house)
    found = window(server, ask)
    made = transactions(server.house) - before
    whole = found.per_s * (ask.warm_s + ask.for_s)  # the warm-up's are counted, too
    return found, made / max(whole, 1.0)


def transactions(house: House) -> int:
    """What Postgres has committed, once it has counted all."""
    return asyncio.run(_transactions(house.database_url))


async def _transactions(url: str) -> int:
    await asyncio.sleep(SETTLE_S)
    line = await asyncpg.connect(url)
    try:
        made = await line.fetchval(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        )
    finally:
        await line.close()
    return int(made)


def per_core(found: Asked) -> float:
    """Requests a second that the server would answer with a core to itself (pure)."""
    return 1e6 / found.cpu_us if found.cpu_us else 0.0


def share(found: Asked) -> float:
    """Which part of a core the server had (pure)."""
    return found.cpu_s / found.seconds if found.seconds else 0.0


def row(found: Found, more: dict[str, float]) -> Measured:
    """The figures (pure)."""
    route, closed = found.route, found.closed
    per_s, late_ms = per_core(closed), found.open.percentile_ms(95)
    also = {
        "CPU us/request": closed.cpu_us,
        "requests/s by the clock": closed.per_s,
        f"at {found.rate:,}/s: p50 ms": found.open.percentile_ms(50),
        f"at {found.rate:,}/s: p95 ms": late_ms,
        "the server's share of its core": share(closed),
        "transactions per request": found.reads,
        "the generator's own us/request": 1e6 * closed.own_s / max(closed.answered.count, 1),
    }
    return Measured(
        route.name,
        f"requests a second of one core, {CONNECTIONS} connections: {route.what}",
        per_s,
        "requests/s per core",
        f"at least {route.per_s_min:,} a second, p95 under {LATE_MS_MAX:g} ms",
        per_s >= route.per_s_min and late_ms < LATE_MS_MAX,
        also=also | more,
        remarks=remarks(found),
    )


def remarks(found: Found) -> list[str]:
    """What to know before believing it (pure)."""
    said = []
    if found.rate < found.route.per_s_min:
        said.append(
            f"p95 is at {found.rate:,}/s: the goal's rate was too much for this machine just now"
        )
    if share(found.closed) < SHARE_MIN:
        said.append(
            f"busy: the server had {share(found.closed):.0%} of its core, so what it does every "
            "second whoever asks weighs more in each request"
        )
    if found.closed.own_s > OURS_MAX * found.closed.seconds:
        said.append("the generator's own core was the limit")
    if found.open.dropped:
        said.append(f"{found.open.dropped} requests waited for no connection and were not sent")
    return said
