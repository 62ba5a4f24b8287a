"""`examsync exam`: make, publish, seat and list exams; acts on attempts are in `acts`."""

import re
import secrets
from datetime import datetime
from pathlib import Path

import click

from examsync.app import App
from examsync.attempts.attempt import Seat
from examsync.bank import service as bank
from examsync.cli import acts
from examsync.cli.options import checked_id, counted, json_option, print_json, with_settings
from examsync.cli.running import run
from examsync.config import Loaded
from examsync.errors import ExamError
from examsync.exams.exam import Terms
from examsync.exams.seating import NAME_CHARS_MAX, Candidate, read
from protocol.problems import Code
from protocol.types import LatePolicy, TakeoverPolicy

PAPER_NAME_CHARS = 50
"""Of the exam's id in its paper's: an id has 64 characters at most."""
CLOSES_AFTER_MS = 12 * 3_600_000
"""Where nothing is said, an exam is over for good half a day after its window."""
PROBLEMS_SHOWN_MAX = 50
_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class Duration(click.ParamType[int]):
    """A duration such as 90s, 45m, 3h, 250ms; a bare number is minutes."""

    name = "duration"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Milliseconds."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?", str(value).strip())
        if match is None:
            self.fail(f"{value!r} is no duration: write 90s, 45m or 3h.", param, ctx)
        return round(float(match[1]) * _UNITS_MS[match[2] or "m"])


class Moment(click.ParamType[int]):
    """A time with its offset from UTC, as 2030-05-01T09:00+05:30 or 2030-05-01T03:30Z."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Milliseconds since 1970 UTC."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.fail(f"{value!r} is no time: write 2030-05-01T09:00+05:30.", param, ctx)
        return round(moment.timestamp() * 1_000)


DURATION = Duration()
MOMENT = Moment()
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def command() -> None:
    """Exams: create, publish, seat, list; extend, pause, resume, terminate, ... attempts."""


@command.command()
@click.argument("exam")
@click.option("--bank", "bank_id", required=True, help="Take the questions of this bank.")
@click.option("--title", help="What candidates see (default: the id).")
@click.option("--duration", type=DURATION, required=True, help="Working time: 90m, 3h, 45s.")
@click.option("--opens-in", type=DURATION, default="0s", help="From now (default: at once).")
@click.option("--opens-at", type=MOMENT, help="Instead: 2030-05-01T09:00+05:30, with its offset.")
@click.option("--window", type=DURATION, help="How long it may be started (default: duration).")
@click.option("--limit", type=click.IntRange(1), help="Only the first so many questions.")
@click.option("--grace", type=DURATION, help="Late answers still count (default: the setting).")
@click.option("--late-policy", type=click.Choice([str(p) for p in LatePolicy]))
@click.option("--takeover", type=click.Choice([str(p) for p in TakeoverPolicy]))
@click.option("--publish", is_flag=True, help="Publish it at once.")
@with_settings
def create(loaded: Loaded, /, **said: object) -> None:
    """Make an exam of a bank's questions, as a draft."""
    options = Creation(said, loaded)
    run(loaded.config, options.create)
    click.echo(f"Created {options.exam}{' and published it' if options.publish else ''}.")


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
    run(loaded.config, lambda app: app.exams.publish(exam))
    click.echo(f"Published {exam}.")


@command.command()
@click.argument("exam")
@click.confirmation_option(prompt="Nobody can sit, watch or change it any more. Archive it?")
@with_settings
def archive(loaded: Loaded, exam: str) -> None:
    """Put an exam away: it is not swept or watched any more; nothing is deleted."""
    run(loaded.config, lambda app: app.exams.archive(exam))
    click.echo(f"Archived {exam}.")


@command.command()
@click.argument("exam")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--candidate", "ids", multiple=True, metavar="ID[=NAME]", help="One; repeat it.")
@json_option
@with_settings
def seat(
    loaded: Loaded, *, exam: str, file: Path | None, ids: tuple[str, ...], as_json: bool
) -> None:
    """Register candidates from a CSV FILE (candidate,name,hall,group,factor,extension_min).

    Those who are registered keep their attempt. A file with a problem registers nobody.
    """
    candidates = [_named(text) for text in ids]
    if file is not None:
        candidates += _listed(file, as_json)
    if not candidates:
        raise click.UsageError("Name a file with candidates, or --candidate.")

    async def register(app: App) -> list[str]:
        await app.exams.refresh(exam)
        attempts = await app.records.register([seat_of(exam, c) for c in candidates])
        app.monitor.roll_changed(exam)  # told to whoever watches when the app is closed
        return attempts

    attempts = run(loaded.config, register)
    if as_json:
        print_json({c.id: a for c, a in zip(candidates, attempts, strict=True)})
    else:
        click.echo(f"Registered for {exam}: {counted(len(attempts), 'candidate')}.")


def _named(text: str) -> Candidate:
    id_, _, name = text.partition("=")
    return Candidate(checked_id(id_, "call the candidate otherwise"), name[:NAME_CHARS_MAX])


def _listed(file: Path, as_json: bool) -> list[Candidate]:
    """The candidates of a file. Raises ExamError IMPORT_FAILED after saying what is wrong."""
    seating = read(file.read_bytes())
    if not seating.problems:
        return seating.candidates
    if as_json:
        raise ExamError(Code.IMPORT_FAILED, " ".join(seating.problems[:PROBLEMS_SHOWN_MAX]))
    for problem in seating.problems[:PROBLEMS_SHOWN_MAX]:
        click.echo(f"{file.name}: {problem}", err=True)
    count = len(seating.problems)
    raise ExamError(
        Code.IMPORT_FAILED, f"{file.name} has {counted(count, 'problem')}; nobody is registered."
    )


def seat_of(exam: str, candidate: Candidate) -> Seat:
    """A candidate's place in an exam."""
    return Seat(
        exam,
        candidate.id,
        candidate.name,
        candidate.hall,
        candidate.group,
        candidate.factor_permille,
        candidate.extension_ms,
    )


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


for act in acts.COMMANDS:
    command.add_command(act)
