"""`examsync work`: flush, sweep and grade, apart from the sockets. Any number may run."""

import asyncio

import click

from examsync.cli.options import with_settings
from examsync.config import Config, Loaded, refuse_unsafe
from examsync.infra import log, metrics_folder


@click.command()
@with_settings
def command(loaded: Loaded) -> None:
    """Flush facts into Postgres, close attempts whose time is up, and grade, until SIGTERM.

    Waits for Redis and Postgres to come up, and says so. The first SIGTERM flushes once more and
    ends; a second one ends at once, and what was not flushed stays in Redis.
    """
    refuse_unsafe(loaded.config)
    log.configure(loaded.config.log)
    with metrics_folder.shared(loaded.config.metrics.directory, "work"):
        asyncio.run(work(loaded.config))


async def work(config: Config) -> None:
    """Run the loops until told to stop."""
    # Not at the top: what is imported here counts, and where is decided by then.
    from examsync.starting import started, until_told

    with until_told():
        async with started(config, work=True):
            log.logger(__name__).info("working")
            await asyncio.Event().wait()
    log.logger(__name__).info("stopped")
