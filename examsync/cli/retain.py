"""`examsync retain`: erase what was released long enough ago; for a timer (cron, systemd)."""

import functools

import click

from examsync.app import App
from examsync.attempts.erasing import ANSWERS, PERSON
from examsync.audit.erasure import Plan
from examsync.auditing import erasure_of
from examsync.cli.erase import carry_out
from examsync.cli.options import dry_run_option, json_option, with_settings, yes_option
from examsync.cli.running import run
from examsync.config import Loaded

DAY_MS = 86_400_000
DAYS = click.IntRange(1, 36_500)


@click.command()
@click.option("--answers-after", type=DAYS, help="Days after which answers are erased.")
@click.option("--persons-after", type=DAYS, help="Days after which names and marks are, too.")
@dry_run_option
@yes_option
@json_option
@with_settings
def command(
    loaded: Loaded,
    *,
    answers_after: int | None,
    persons_after: int | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Erase what is personal of all exams whose results were last released so many days ago.

    An exam whose results were never released, or were withdrawn, is left alone. See `examsync
    erase` for what is erased; nothing is ever erased unless this command is called.
    """
    if answers_after is None and persons_after is None:
        raise click.UsageError("Say --answers-after DAYS, --persons-after DAYS, or both.")
    for scope, days in ((PERSON, persons_after), (ANSWERS, answers_after)):
        if days is not None:
            plans = run(loaded.config, functools.partial(_due, scope=scope, days=days))
            reason = f"kept for {days} days after release"
            carry_out(loaded, plans, reason, dry_run=dry_run, yes=yes, as_json=as_json)
    if not as_json and not dry_run:
        click.echo("Nothing else is due.")


async def _due(app: App, *, scope: str, days: int) -> list[Plan]:
    return await erasure_of(app).due(scope, app.clock.now() - days * DAY_MS)
