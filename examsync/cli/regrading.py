"""`examsync results waiting|mark|rule|regrade|history|revert`: what people do to marks."""

import click

from examsync.app import App
from examsync.attempts.identity import attempt_id
from examsync.cli.options import counted, json_option, print_json, with_settings
from examsync.cli.running import run
from examsync.config import Loaded
from examsync.results.result import Result
from examsync.results.scope import Scope
from protocol.http_marking import RegradeChange
from protocol.http_results import Rule

BY = "cli"
NO_RULE = "none"
REASON = click.option("--reason", required=True, help="Kept with it.")


@click.command()
@click.argument("exam")
@json_option
@with_settings
def waiting(loaded: Loaded, *, exam: str, as_json: bool) -> None:
    """What waits for a person, the longest waiting first."""
    queue = run(loaded.config, lambda app: app.results.marking.waiting(exam))
    if as_json:
        print_json(queue.waiting)
        return
    click.echo(f"{counted(queue.total, 'response')} to mark.")
    for one in queue.waiting:
        text = " ".join(str(one.response).split())[:80]
        click.echo(f"{one.candidate:20} {one.item.id:12} of {one.item.marks:>4}  {text}")


@click.command()
@click.argument("exam")
@click.argument("candidate")
@click.argument("item")
@click.argument("marks")
@click.option("--note", default="", help="Kept with the marks.")
@json_option
@with_settings
def mark(
    loaded: Loaded, *, exam: str, candidate: str, item: str, marks: str, note: str, as_json: bool
) -> None:
    """Give MARKS (7, 2.5, -1/3) for what a candidate answered to an item."""
    attempt = attempt_id(exam, candidate)
    result = run(
        loaded.config,
        lambda app: app.results.marking.mark(
            attempt, item, marks, by=BY, note=note, scope=Scope(exam)
        ),
    )
    _told(result, as_json=as_json)


@click.command()
@click.argument("exam")
@click.argument("item")
@click.argument("rule", type=click.Choice([*(str(rule) for rule in Rule), NO_RULE]))
@REASON
@with_settings
def decide(loaded: Loaded, *, exam: str, item: str, rule: str, reason: str) -> None:
    """Decide about an item; `none` withdraws what was decided. Regrades are proposed, no more.

    For `key`, import the corrected question into its bank first.
    """
    chosen = None if rule == NO_RULE else Rule(rule)
    proposed = run(
        loaded.config,
        lambda app: app.results.regrading.rule(exam, item, chosen, by=BY, reason=reason),
    )
    click.echo(f"A regrade is proposed for {counted(proposed, 'attempt')}.")


@click.command()
@click.argument("exam")
@click.option("--reason", help="Regrade, and keep this with it. Without it, only show.")
@json_option
@with_settings
def regrade(loaded: Loaded, *, exam: str, reason: str | None, as_json: bool) -> None:
    """Show what the proposed regrades would change; with `--reason`, make them."""

    async def make(app: App) -> int:
        return await app.results.regrading.regrade_proposed(exam, by=BY, reason=str(reason))

    if reason is None:
        _shown(run(loaded.config, lambda app: app.results.regrading.preview(exam)), as_json)
        return
    count = run(loaded.config, make)
    if as_json:
        print_json({"regraded": count})
    else:
        click.echo(f"Regraded {counted(count, 'attempt')}.")


def _shown(changes: list[RegradeChange], as_json: bool) -> None:
    if as_json:
        print_json(changes)
        return
    for change in changes:
        what = " ".join(change.items) or "nothing"
        click.echo(f"{change.attempt}  {change.before} -> {change.after}  ({what})")
    click.echo(f"Proposed for {counted(len(changes), 'attempt')}; --reason regrades.")


@click.command()
@click.argument("exam")
@click.argument("candidate")
@json_option
@with_settings
def history(loaded: Loaded, *, exam: str, candidate: str, as_json: bool) -> None:
    """Every result a candidate ever had, with who made it and why."""
    attempt = attempt_id(exam, candidate)
    found = run(loaded.config, lambda app: app.results.regrading.history(attempt))
    if as_json:
        print_json(found)
        return
    for one in found:
        click.echo(_line(one))


@click.command()
@click.argument("exam")
@click.argument("candidate")
@click.argument("revision", type=click.IntRange(1))
@REASON
@json_option
@with_settings
def revert(
    loaded: Loaded, *, exam: str, candidate: str, revision: int, reason: str, as_json: bool
) -> None:
    """Let an earlier result of the latest close stand again."""
    attempt = attempt_id(exam, candidate)
    result = run(
        loaded.config,
        lambda app: app.results.regrading.revert(attempt, revision, by=BY, reason=reason),
    )
    _told(result, as_json=as_json)


def _told(result: Result, *, as_json: bool) -> None:
    if as_json:
        print_json(result)
    else:
        click.echo(_line(result))


def _line(result: Result) -> str:
    whole, waits = result.marks.whole, result.marks.waiting
    marks = f"{whole.total}/{whole.maximum}"
    more = f"waits: {' '.join(waits)}" if waits else ""
    shown = "released" if result.released_at is not None else ""
    line = f"{result.close}.{result.revision}  {marks:>12}  {result.made_by}  {result.reason}"
    return f"{line}  {shown} {more}".rstrip()


COMMANDS = {
    "waiting": waiting,
    "mark": mark,
    "rule": decide,
    "regrade": regrade,
    "history": history,
    "revert": revert,
}
