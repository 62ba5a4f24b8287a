"""`examsync exam show|change|copy`: an exam looked at, and what may be changed of it."""

from typing import Any

import click
import msgspec

from examsync.app import App
from examsync.cli.options import checked_id, counted, json_option, print_json, with_settings
from examsync.cli.running import run
from examsync.cli.times import DURATION, MOMENT, shown_duration, shown_time
from examsync.config import Loaded
from examsync.rolls import enrolment_of
from protocol.http_exams import ChangeExam, ExamView
from protocol.types import LatePolicy, TakeoverPolicy

BY = "cli"


async def view(app: App, exam: str) -> ExamView:
    """All there is to know of an exam."""
    from examsync.edge.api.exams import view_of  # imports the whole HTTP side

    return await view_of(app.exams, enrolment_of(app), exam)


async def published(app: App, exam: str) -> bool:
    """Publish it; whether anybody is on its roll. Raises ExamError."""
    await app.exams.publish(exam)
    return bool((await enrolment_of(app).rolls.states([exam]))[exam])


def warn_of_empty_roll(exam: str) -> None:
    """Nobody can sit it as it stands."""
    click.echo(f"Nobody is on its roll yet: `examsync exam seat {exam} FILE`.", err=True)


@click.command()
@click.argument("exam")
@json_option
@with_settings
def show(loaded: Loaded, *, exam: str, as_json: bool) -> None:
    """An exam: its terms, its candidates by state, what cannot be changed any more."""
    found = run(loaded.config, lambda app: view(app, exam))
    if as_json:
        print_json(found)
    else:
        for name, value in lines(found):
            click.echo(f"{name:12} {value}")


def lines(found: ExamView) -> list[tuple[str, str]]:
    """What there is to say, by name."""
    states = ", ".join(f"{n} {state}" for state, n in sorted(found.states.items())) or "nobody"
    said = [
        ("exam", f"{found.exam}: {found.title}"),
        ("status", found.status),
        ("paper", found.paper),
        ("opens", shown_time(found.opens_at)),
        ("window until", f"{shown_time(found.window_end)}; who starts late has less time"),
        ("closes", f"{shown_time(found.closes_at)}; for good, whatever was granted"),
        ("duration", shown_duration(found.duration_ms)),
        ("late", f"{found.late_policy}, within {shown_duration(found.grace_ms)} it counts"),
        ("takeover", str(found.takeover)),
        ("candidates", f"{found.candidates}: {states}" if found.candidates else states),
        ("halls", ", ".join(found.halls)),
        ("groups", ", ".join(found.groups)),
        ("granted", shown_duration(found.granted_ms) if found.granted_ms else ""),
        ("paused since", shown_time(found.paused_since) if found.paused_since else ""),
        ("ended", shown_time(found.ended_at) if found.ended_at else ""),
        ("frozen", ", ".join(found.frozen)),
        ("made by", f"{found.created_by}, {shown_time(found.created_at)}"),
    ]
    return [(name, value) for name, value in said if value]


_NAMES = {"duration": "duration_ms", "grace": "grace_ms"}
"""Options that are called otherwise than the terms they change."""


@click.command()
@click.argument("exam")
@click.option("--title", help="What candidates see; can always be changed.")
@click.option("--paper", help="Another paper.")
@click.option("--opens-at", type=MOMENT, help="2030-05-01T09:00+05:30, with its offset.")
@click.option("--window-end", type=MOMENT, help="Until when it may be started and worked on.")
@click.option("--closes-at", type=MOMENT, help="The hard end.")
@click.option("--duration", type=DURATION, help="Working time: 90m, 3h, 45s.")
@click.option("--grace", type=DURATION, help="Late answers still count.")
@click.option("--late-policy", type=click.Choice([str(p) for p in LatePolicy]))
@click.option("--takeover", type=click.Choice([str(p) for p in TakeoverPolicy]))
@with_settings
def change(loaded: Loaded, /, exam: str, **said: Any) -> None:
    """Change what is named: all of a draft, the title of a published exam."""
    named = {_NAMES.get(name, name): value for name, value in said.items() if value is not None}
    if not named:
        raise click.UsageError("Name what to change.")
    try:
        asked = msgspec.convert(named, ChangeExam)
    except msgspec.ValidationError as error:
        raise click.UsageError(f"{error}.") from None
    run(loaded.config, lambda app: app.exams.planning.change(exam, asked))
    click.echo(f"Changed {exam}: {', '.join(named)}.")


@click.command()
@click.argument("exam")
@click.argument("to")
@click.option("--title", help="What candidates see (default: the same).")
@click.option("--opens-in", type=DURATION, help="From now (default: at once).")
@click.option("--opens-at", type=MOMENT, help="Instead: 2030-05-01T09:00+05:30, with its offset.")
@click.option("--candidates", is_flag=True, help="Take the whole roll along.")
@click.option("--publish", is_flag=True, help="Publish it at once.")
@with_settings
def copy(loaded: Loaded, /, exam: str, to: str, **said: Any) -> None:
    """Make another exam, TO, of the same paper and terms, moved in time: a rehearsal."""
    checked_id(to, "call the copy otherwise")
    if said["opens_in"] is not None and said["opens_at"] is not None:
        raise click.UsageError("Say --opens-in or --opens-at, not both.")

    async def do(app: App) -> tuple[int, bool]:
        at = said["opens_at"]
        if said["opens_in"] is not None:
            at = app.clock.now() + said["opens_in"]
        await app.exams.planning.copy(exam, to, by=BY, title=said["title"], at=at)
        taken = await enrolment_of(app).copy(exam, to) if said["candidates"] else 0
        return taken, not said["publish"] or await published(app, to)

    taken, fit = run(loaded.config, do)
    along = f" with {counted(taken, 'candidate')}" if said["candidates"] else ""
    click.echo(f"Copied {exam} to {to}{along}{' and published it' if said['publish'] else ''}.")
    if not fit:
        warn_of_empty_roll(to)


COMMANDS = (show, change, copy)
