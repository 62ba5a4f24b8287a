"""`examsync exam`: make, publish and list exams; other commands of the group are put in here."""

import secrets

import click

from examsync.app import App
from examsync.bank import service as bank
from examsync.cli import acts, planning
from examsync.cli.options import checked_id, json_option, print_json, with_settings
from examsync.cli.running import run
from examsync.cli.seating import seat
from examsync.cli.slips import slips
from examsync.cli.times import DURATION, MOMENT
from examsync.config import Loaded
from examsync.exams.exam import Terms
from protocol.types import LatePolicy, TakeoverPolicy

LATE = click.Choice([str(policy) for policy in LatePolicy])
TAKEOVER = click.Choice([str(policy) for policy in TakeoverPolicy])
PAPER_NAME_CHARS = 50
"""Of the exam's id in its paper's: an id has 64 characters at most."""
CLOSES_AFTER_MS = 12 * 3_600_000
"""Where nothing is said, an exam is over for good half a day after its window."""


@click.group()
def command() -> None:
    """Exams: create, copy, change, publish, seat, show, list; extend, pause, ... attempts."""


@command.command()
@click.argument("exam")
@click.option("--bank", "bank_id", required=True, help="Take the questions of this bank.")
@click.option("--title", help="What candidates see (default: the id).")
@click.option("--duration", type=DURATION, required=True, help="Working time: 90m, 3h, 45s.")
@click.option("--opens-in", type=DURATION, default="0s", help="From now (default: at once).")
@click.option("--opens-at", type=MOMENT, help="Instead: 2030-05-01T09:00+05:30, with its offset.")
@click.option("--window", type=DURATION, help="From opening to last moment (default: duration).")
@click.option("--limit", type=click.IntRange(1), help="Only the first so many questions.")
@click.option("--grace", type=DURATION, help="Late answers still count (default: the setting).")
@click.option("--late-policy", type=LATE, help="What becomes of answers after the grace.")
@click.option("--takeover", type=TAKEOVER, help="What a second device of a candidate may.")
@click.option("--publish", is_flag=True, help="Publish it at once.")
@with_settings
def create(loaded: Loaded, /, **said: object) -> None:
    """Make an exam of a bank's questions, as a draft.

    Who starts late has time until the window ends, at most. The exam closes for good 12 h later.
    """
    options = Creation(said, loaded)
    run(loaded.config, options.create)
    if options.publish:
        click.echo(f"Created {options.exam} and published it.")
        planning.warn_of_empty_roll(options.exam)
    else:
        click.echo(f"Created {options.exam}, a draft: `examsync exam publish {options.exam}`.")


class Creation:
    """What was said to `create`, with defaults from the settings."""

    def __init__(self, said: dict[str, object], loaded: Loaded) -> None:
        self.exam = checked_id(str(said["exam"]), "call the exam otherwise")
        self.publish = bool(said["publish"])
        self._said = said
        self._defaults = loaded.config.exam
        self._heartbeat_period_s = loaded.config.monitor.heartbeat_period_s

    def terms(self, now: int) -> Terms:
        """The terms, counted from now."""
        said, defaults = self._said, self._defaults
        duration = _ms(said["duration"])
        opens_at = now + _ms(said["opens_in"])
        if said["opens_at"] is not None:
            opens_at = _ms(said["opens_at"])
        window = said["window"]
        window_end = opens_at + (_ms(window) if window is not None else duration)
        grace = said["grace"]
        return Terms(
            opens_at,
            window_end,
            window_end + CLOSES_AFTER_MS,
            duration,
            _ms(grace) if grace is not None else defaults.grace_ms,
            LatePolicy(str(said["late_policy"] or defaults.late_policy)),
            TakeoverPolicy(str(said["takeover"] or defaults.takeover)),
            self._heartbeat_period_s,
        )

    async def create(self, app: App) -> None:
        """Make the paper and the exam."""
        said = self._said
        title = str(said["title"] or self.exam)
        limit = said["limit"]
        terms = self.terms(app.clock.now())
        await app.exams.check_new(self.exam, terms)  # or a paper would be left over
        paper = await bank.create_paper(
            app.pool,
            title=title,
            bank=str(said["bank_id"]),
            by="cli",
            limit=_ms(limit) if limit is not None else None,
            paper_id=f"{self.exam[:PAPER_NAME_CHARS]}-{secrets.token_hex(4)}",
        )
        await app.exams.create(self.exam, title, paper, terms, "cli")
        if self.publish:
            await app.exams.publish(self.exam)


def _ms(value: object) -> int:
    assert isinstance(value, int)
    return value


@command.command()
@click.argument("exam")
@with_settings
def publish(loaded: Loaded, exam: str) -> None:
    """Open an exam for its window; its terms are frozen from now on."""
    fit = run(loaded.config, lambda app: planning.published(app, exam))
    click.echo(f"Published {exam}.")
    if not fit:
        planning.warn_of_empty_roll(exam)


@command.command()
@click.argument("exam")
@click.confirmation_option(prompt="Nobody can sit, watch or change it any more. Archive it?")
@with_settings
def archive(loaded: Loaded, exam: str) -> None:
    """Put an exam away: it is not swept or watched any more; nothing is deleted."""
    run(loaded.config, lambda app: app.exams.archive(exam))
    click.echo(f"Archived {exam}.")


@command.command("list")
@json_option
@with_settings
def list_command(loaded: Loaded, *, as_json: bool) -> None:
    """All exams, the newest first."""
    listed = run(loaded.config, lambda app: app.exams.listed())
    if as_json:
        print_json([{"id": s.exam.id, "title": s.exam.title, "status": s.status} for s in listed])
        return
    for stored in listed:
        click.echo(f"{stored.exam.id:30} {stored.status:10} {stored.exam.title}")


for each in (*planning.COMMANDS, seat, slips, *acts.COMMANDS):
    command.add_command(each)
