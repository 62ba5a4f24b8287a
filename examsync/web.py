"""The app with its front of sockets and HTTP, run by uvicorn (part of `app`; used by `serve`)."""

import asyncio
import contextlib
import functools
import socket
import sys
from collections.abc import AsyncIterator

from examsync.app import App
from examsync.attempts.export import export
from examsync.config import Config
from examsync.edge.api.office import Office
from examsync.edge.drain import DrainingServer
from examsync.edge.front import Front, Services
from examsync.edge.transport import uvicorn_config
from examsync.infra import garbage, migrations
from examsync.infra.log import logger
from examsync.rolls import enrolment_of
from examsync.starting import started, until_told
from examsync.working import SWEEP_PERIOD_S

log = logger(__name__)

LOOK_S = 1.0


def serve(config: Config, listening: socket.socket, *, work: bool) -> None:
    """Serve on this socket until SIGTERM or SIGINT, then drain."""
    serving = _serve(config, listening, work=work)
    if sys.platform == "win32":
        asyncio.run(serving)
    else:
        import uvloop

        uvloop.run(serving)


async def _serve(config: Config, listening: socket.socket, *, work: bool) -> None:
    with until_told():  # uvicorn listens for itself once it serves
        async with running(config, work=work) as (app, front):
            settings = uvicorn_config(front.guard, config.server, config.limits)
            server = DrainingServer(settings, front, config.server)
            garbage.settle()
            host, port = listening.getsockname()[:2]
            log.info("serving", url=f"http://{host}:{port}", work=work, process=app.process)
            await server.serve(sockets=[listening])
    log.info("stopped")


@contextlib.asynccontextmanager
async def running(config: Config, *, work: bool) -> AsyncIterator[tuple[App, Front]]:
    """A started app and its front; both are stopped in the end. Raises what `started` raises."""
    async with started(config, work=work) as app:
        front = front_of(app)
        app.loops.every("front", LOOK_S, front.look)
        app.loops.every("at_hand", SWEEP_PERIOD_S, app.working.sweep_at_hand, backoff_s_max=1.0)
        yield app, front


def front_of(app: App) -> Front:
    """The front of an app, hung into its wires."""
    config = app.config
    front = Front(services_of(app), config.limits, config.server, config.metrics.token)
    seats = front.seats
    app.attempts.listeners.append(seats.confirmed)
    app.exams.listeners.append(seats.exam_changed)
    app.wires.on_heard.append(seats.heard)
    app.wires.on_life.append(seats.new_life)
    app.wires.on_released.append(seats.results_released)
    app.wires.on_revoked.append(lambda revocation: front.cut_revoked())
    return front


def services_of(app: App) -> Services:
    """What the edge speaks to."""
    office = Office(
        app.exams,
        app.results,
        enrolment_of(app),
        functools.partial(export, app.records),
        app.config.exam,
        app.config.monitor.heartbeat_period_s,
    )
    checks = {
        "redis": functools.partial(redis_check, app),
        "postgres": functools.partial(postgres_check, app),
        "migrations": functools.partial(migrations_check, app),
    }
    return Services(
        app.attempts,
        app.monitor,
        app.access,
        app.revocations,
        app.read_revoked,
        office,
        app.clock,
        app.pool,
        app.records.timeline,
        checks,
        app.events,
    )


async def redis_check(app: App) -> str:
    """How Redis keeps what it confirms. Raises NotDurable, Unavailable."""
    found = await app.check()
    return "; ".join((found.summary, *found.remarks))


async def postgres_check(app: App) -> str:
    """Whether Postgres answers. Raises what asyncpg raises."""
    await app.pool.fetchval("SELECT 1")
    return f"ok, {app.backlog.facts()} facts wait to be flushed"


async def migrations_check(app: App) -> str:
    """Whether the database is as this version needs it. Raises MigrationError."""
    missing = await migrations.pending(app.config.postgres.url)
    if missing:
        raise migrations.MigrationError(f"run `examsync migrate`: {', '.join(missing)}")
    return "up to date"
