"""`examsync erase`: what is personal is erased, of a candidate or a whole exam."""

import click

from examsync.app import App
from examsync.attempts.erasing import ANSWERS, PERSON
from examsync.audit.erasure import OUT_OF_REACH, Plan
from examsync.auditing import erasure_of
from examsync.cli.options import (
    checked_id,
    counted,
    dry_run_option,
    json_option,
    print_json,
    with_settings,
    yes_option,
)
from examsync.cli.running import run
from examsync.config import Loaded
from protocol.types import REASON_CHARS_MAX

BY = "admin:cli"


@click.command()
@click.option("--exam", help="Attempts of this exam.")
@click.option("--candidate", help="Attempts of this candidate, at --exam or at all exams.")
@click.option("--person", is_flag=True, help="The name, the account and the marks, too.")
@click.option("--reason", required=True, help="Kept in each chain: no name belongs here.")
@dry_run_option
@yes_option
@json_option
@with_settings
def command(
    loaded: Loaded,
    /,
    *,
    exam: str | None,
    candidate: str | None,
    person: bool,
    reason: str,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Erase what candidates answered, wrote and signalled, what was written to them, and what
    markers noted: from Postgres, Redis and the feeds of monitors. There is no way back.

    Who sat, how it ended and the total are left; with --person they are not. The facts leave their
    time, their kind and a digest, so that `examsync verify` still checks every chain, and tells who
    erased what and why. Attempts must be closed and graded. A flusher has to run.
    """
    if exam is None and candidate is None:
        raise click.UsageError("Name --exam, --candidate, or both.")
    if len(reason) > REASON_CHARS_MAX:
        raise click.UsageError(f"--reason takes {REASON_CHARS_MAX} characters.")
    for name in (each for each in (exam, candidate) if each is not None):
        checked_id(name, "an exam's or a candidate's")
    scope = PERSON if person else ANSWERS
    plan = run(loaded.config, lambda app: erasure_of(app).plan(scope, exam, candidate))
    carry_out(loaded, [plan], reason, dry_run=dry_run, yes=yes, as_json=as_json)


def carry_out(
    loaded: Loaded, plans: list[Plan], reason: str, *, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Show what was planned, ask, and do it. Exits with 1 if any of it was not done."""
    if dry_run and as_json:
        print_json(plans)
        return
    if not as_json:
        show(plans)
    todo = sum(len(plan.todo) for plan in plans)
    if dry_run or not todo:
        return
    if not yes:
        click.confirm(
            f"Erase this of {counted(todo, 'attempt')}? Nothing brings it back.", abort=True
        )
    refused = run(loaded.config, lambda app: _erase(app, plans, reason, quiet=as_json))
    said = {"erased": todo - len(refused), "not_done": refused, "out_of_reach": OUT_OF_REACH}
    if as_json:
        print_json(said)
    else:
        click.echo(
            f"Erased of {counted(todo - len(refused), 'attempt')}. Out of reach: {OUT_OF_REACH}."
        )
    if refused:
        raise click.exceptions.Exit(1)


def show(plans: list[Plan]) -> None:
    """What would be done, and to whom not."""
    for plan in plans:
        todo = plan.todo
        facts, answers = sum(t.facts for t in todo), sum(t.responses for t in todo)
        exams = sorted({target.exam for target in plan.targets})
        over = sum(target.done for target in plan.targets)
        what = "answers, names and marks" if plan.scope == PERSON else "answers"
        click.echo(
            f"{', '.join(exams)}: {what} of {counted(len(todo), 'attempt')}, "
            f"{counted(answers, 'response')}, {counted(facts, 'fact')}"
            + (f"; {over} erased before" if over else "")
        )
        for target in plan.kept:
            click.echo(f"not {target.candidate} at {target.exam}: {target.why_not}", err=True)


async def _erase(app: App, plans: list[Plan], reason: str, *, quiet: bool) -> dict[str, str]:
    """Do it; what was not done, by attempt."""
    refused: dict[str, str] = {}
    for plan in plans:
        for exam in {target.exam for target in plan.todo}:
            await app.exams.refresh(exam)
        count = 0
        async for target, error in erasure_of(app).erase(plan, by=BY, reason=reason):
            count += 1
            if error is not None:
                refused[target.attempt] = f"{error.code}: {error.problem.detail}"
                click.echo(f"not done: {target.attempt}: {refused[target.attempt]}", err=True)
            if not quiet and count % 100 == 0:
                click.echo(f"{count} of {len(plan.todo)}", err=True)
    return refused
