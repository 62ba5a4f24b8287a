"""`examsync work`: flush, sweep and grade, apart from the sockets. Any number may run."""

import asyncio
import signal

import click

from examsync import app
from examsync.cli.options import with_settings
from examsync.config import Loaded, refuse_unsafe
from examsync.infra import log, metrics_folder


@click.command()
@with_settings
def command(loaded: Loaded) -> None:
    """Flush facts into Postgres, close attempts whose time is up, and grade, until SIGTERM."""
    refuse_unsafe(loaded.config)
    log.configure(loaded.config.log)
    with metrics_folder.shared(loaded.config.metrics.directory, "work"):
        asyncio.run(work(loaded))


async def work(loaded: Loaded) -> None:
    """Run the loops until told to stop, then flush once more."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    built = await app.build(loaded.config)
    try:
        await built.start(work=True)
        await stop.wait()
    finally:
        await built.stop()
