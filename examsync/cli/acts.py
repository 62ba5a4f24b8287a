"""`examsync exam extend|pause|...`: acts of an examiner, done by this process like by any other.

They return when what was done is in Postgres, or say that it is not yet.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Literal

import click
import msgspec

from examsync.app import App
from examsync.attempts import bulk
from examsync.attempts.acting import ACTS
from examsync.attempts.identity import attempt_id
from examsync.cli import sentence
from examsync.cli.options import counted, json_option, print_json, with_settings
from examsync.cli.running import run
from examsync.config import Loaded
from examsync.errors import ExamError
from examsync.rolls import enrolment_of
from protocol.from_client import Act, Announce
from protocol.from_server import ActAck
from protocol.problems import Code

DURABLE_WITHIN_S = 5.0
BY = "examiner:cli"

EXPLAINED = {
    "extend": "Grant time.",
    "pause": "Stop clocks.",
    "resume": "Let clocks run again.",
    "terminate": "End attempts; what was saved is graded.",
    "submit_for": "Hand in for candidates.",
    "reopen": "Lead closed attempts back.",
    "approve_takeover": "Let a waiting device take over.",
    "message": "Send a notice to candidates.",
    "resolve": "Take down raised hands.",
}
ASKS = frozenset({"terminate", "submit_for"})
"""Acts on everybody that cannot simply be taken back: they ask first."""


_METAVARS = {"message": "[ATTEMPTS]... TEXT"}
_ATTEMPT = re.compile("a[0-9a-f]{24}")
"""The form of an attempt's id (attempts/identity)."""
UNSAID = "Say what they read, in quotes: TEXT, or --text TEXT."


def make(kind: str) -> click.Command:
    """The command of one kind of act."""

    @with_settings
    def act(loaded: Loaded, /, **said: Any) -> None:
        if kind == "message":
            said["attempts"], said["text"] = _message(said["attempts"], said["text"])
        targets: list[str] | Literal["all"] = "all"
        if not said["everybody"]:
            targets = [*said["attempts"], *_ids(said["exam"], said["candidates"])]
            if not targets:
                raise click.UsageError("Name attempts, --candidate, or --all.")
        elif kind in ASKS and not said["yes"]:
            click.confirm(f"{EXPLAINED[kind]} For everybody in {said['exam']}?", abort=True)
        ids = dict(zip(_ids(said["exam"], said["candidates"]), said["candidates"], strict=True))
        ack = run(loaded.config, _doing(_act(kind, targets, said), ids))
        _tell(ack, ids, as_json=said["as_json"])

    act.__doc__ = f"{EXPLAINED[kind]} Name attempts or candidates, or --all for the whole exam."
    if kind == "message":
        act.__doc__ += " TEXT is what they read: put it in quotes."
    command: click.Command = click.command(kind.replace("_", "-"))(_options(kind)(act))
    return command


def _options(kind: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    options = [
        click.argument("exam"),
        click.argument("attempts", nargs=-1, metavar=_METAVARS.get(kind)),
        click.option("--candidate", "candidates", multiple=True, help="A candidate; repeat it."),
        click.option("--all", "everybody", is_flag=True, help="The whole exam, late joiners too."),
        click.option("--yes", is_flag=True, help="Do not ask."),
        json_option,
    ]
    if kind in ("extend", "reopen"):
        minutes = click.FloatRange(0.0167)
        needed = kind == "extend"
        explained = "How much." if needed else "On top of what was left."
        options.append(click.option("--minutes", type=minutes, required=needed, help=explained))
    if kind == "message":
        options.append(click.option("--text", help="Instead of TEXT."))
    else:
        options.append(click.option("--reason", default="", help="Kept with the fact."))

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def _message(attempts: tuple[str, ...], text: str | None) -> tuple[tuple[str, ...], str]:
    """The attempts that were named, and what they are to read: by --text, else said last.

    Raises click's UsageError where that is an attempt's id: the text was forgotten.
    """
    if text is not None:
        return attempts, text
    if not attempts or _ATTEMPT.fullmatch(attempts[-1]):
        raise click.UsageError(UNSAID)
    return attempts[:-1], attempts[-1]


def _ids(exam: str, candidates: tuple[str, ...]) -> list[str]:
    return [attempt_id(exam, candidate) for candidate in candidates]


def _act(kind: str, targets: list[str] | Literal["all"], said: dict[str, Any]) -> Act:
    body: dict[str, Any] = {"id": uuid.uuid4().hex, "exam": said["exam"], "attempts": targets}
    if said.get("minutes") is not None:
        body["extra_ms"] = round(said["minutes"] * 60_000)
    for name in ("text", "reason"):
        if name in said:
            body[name] = said[name]
    try:
        act: Act = msgspec.convert(body, ACTS[kind])
    except msgspec.ValidationError as error:
        raise click.UsageError(f"{error}.") from None
    return act


def _doing(act: Act, candidates: Mapping[str, str]) -> Callable[[App], Any]:
    """Do it; `candidates` are those who were named, by attempt."""

    async def do(app: App) -> ActAck:
        await app.exams.refresh(act.exam)
        await _check_roll(app, act.exam, candidates)
        ack = await bulk.act(app.attempts, app.exams, app.clock.now(), BY, act)
        await app.news.send()
        return await bulk.durable(app.attempts, ack, DURABLE_WITHIN_S)

    return do


async def _check_roll(app: App, exam: str, candidates: Mapping[str, str]) -> None:
    """Raise ExamError NOT_FOUND that names whoever is not on the roll: nothing is done then."""
    roll = await enrolment_of(app).rolls.standing(exam, list(candidates)) if candidates else []
    there = {standing.attempt for standing in roll}
    missing = [name for id_, name in candidates.items() if id_ not in there]
    if missing:
        raise ExamError(Code.NOT_FOUND, f"not on the roll of {exam}: {', '.join(missing)}")


@click.command()
@click.argument("exam")
@click.argument("text", required=False)
@click.option("--text", "option", help="Instead of TEXT.")
@json_option
@with_settings
def announce(
    loaded: Loaded, *, exam: str, text: str | None, option: str | None, as_json: bool
) -> None:
    """Send a notice, TEXT, to everybody in an exam; it stays until each has acknowledged it."""
    if (text is None) == (option is None):
        raise click.UsageError(UNSAID if text is None else "Say TEXT or --text TEXT, not both.")
    text = option if text is None else text
    try:
        said = msgspec.convert({"id": uuid.uuid4().hex, "exam": exam, "text": text}, Announce)
    except msgspec.ValidationError as error:
        raise click.UsageError(f"{error}.") from None

    async def do(app: App) -> ActAck:
        ack = await bulk.announce(app.exams, BY, said)
        await app.news.send()
        return ack

    _tell(run(loaded.config, do), {}, as_json=as_json)


def _tell(ack: ActAck, candidates: Mapping[str, str], *, as_json: bool) -> None:
    if as_json:
        print_json(ack)
    else:
        click.echo(_done(ack))
        for no in ack.not_done:
            who = candidates.get(no.attempt, no.attempt)
            said = sentence(no.problem.detail or no.problem.title)
            click.echo(f"not done: {who}: {no.problem.code}: {said}", err=True)
    if ack.not_done:
        raise click.exceptions.Exit(1)


def _done(ack: ActAck) -> str:
    """For whom it was done, and whether that is in Postgres."""
    if ack.exam_rev is None and not ack.done:
        return "Nothing was done."
    where = "and it is durable" if ack.durable else "not durable yet: no flusher has run"
    what = "the whole exam" if ack.exam_rev is not None else counted(len(ack.done), "attempt")
    return f"Done for {what}, {where}."


COMMANDS = [*(make(kind) for kind in EXPLAINED), announce]
