"""The command line: which commands there are, and how each kind of failure ends.

`main` is the entry point. A command is imported when it is called; its module holds `command`.
"""

import importlib
import sys
from collections.abc import Sequence

import click
import msgspec

from examsync import __version__
from examsync.errors import ExamError
from examsync.sources import BadConfig
from protocol.problems import Problem

COMMANDS = {
    "demo": "Real servers, a real bank, a live exam with bots: all in one command.",
    "serve": "Serve candidates and examiners; by default flush, sweep and grade too.",
    "work": "Flush, sweep and grade, apart from the sockets. Any number may run.",
    "migrate": "Bring the database up to this version.",
    "import": "Read a question bank from a file; a dry run unless told to write.",
    "export": "Write a question bank to a file: CSV or GIFT.",
    "exam": "Exams: create, copy, change, publish, seat, show, list; extend, pause, announce, ...",
    "monitor": "An exam live in the terminal, the greatest trouble first; any server, by its URL.",
    "results": "Results of an exam: show, CSV, release, withdraw, mark, rule, regrade, revert.",
    "webhook": "Webhooks: add, list, start, stop, rotate, test, deliveries, remove.",
    "verify": "Recompute every attempt from its facts; say what does not fit.",
    "archive": "All that was kept of an exam as one file, which `verify` reads anywhere.",
    "anchor": "One signed line: how far an exam's chains have come; keep it elsewhere.",
    "backup": "The whole database as one file, as of one moment, during an exam too.",
    "restore": "A backup into an empty database; what a Redis that lives on knows newer, too.",
    "erase": "Erase what is personal, of a candidate or an exam; the chains verify still.",
    "retain": "Erase what was released long enough ago; for a timer.",
    "account": "Accounts: create, list, rename, disable, enable, set-password, scope, sign-out.",
    "key": "API keys of programs: create, list, revoke.",
    "config": "Settings: check them, show them and where they come from, list the defaults.",
    "token": "Access tokens: issue one, check one.",
}
"""What there is, in the order of the help: `examsync <name>` is `examsync.cli.<name>.command`."""

MODULES = {"import": "importing", "export": "exporting"}
"""Commands whose module cannot have their name."""

PROGRAM = "examsync"
DONE, NOT_DONE, WRONG_CALL, AWAY, INTERRUPTED = 0, 1, 2, 3, 130

EXIT_CODES = f"""\b
Exit codes:
  {DONE}    done
  {NOT_DONE}    not done; the problem is printed with its code
  {WRONG_CALL}    the command line or a setting is wrong
  {AWAY}    Redis or Postgres cannot be reached
  {INTERRUPTED}  interrupted
"""

CHECK = (
    "Check redis.url (EXAMSYNC_REDIS_URL), postgres.url (EXAMSYNC_DATABASE_URL) and the servers."
)
"""What to do when storage does not answer."""

_AWAY = {
    "builtins.ConnectionError",
    "builtins.TimeoutError",
    "socket.gaierror",
    "asyncpg.exceptions._base.PostgresError",
    "asyncpg.exceptions._base.InterfaceError",
    "examsync.errors.Unavailable",
    "examsync.infra.redis.LineDown",
    "redis.exceptions.ConnectionError",
    "redis.exceptions.TimeoutError",
}
_EXPECTED = {
    "examsync.infra.backup.NotEmpty",
    "examsync.infra.backup_file.BadBackup",
    "examsync.app.NotDurable",
    "examsync.app.NotMigrated",
    "examsync.devstack.errors.StackError",
    "examsync.infra.migrations.runner.MigrationError",
}
"""Classes by name, so that asking for help does not import every driver."""


_NAMED_BY_DETAIL = frozenset(
    {"bad_request", "conflict", "exists", "frozen", "import_failed", "not_found"}
)
"""Codes whose title is about messages and things in general, which on a command line is noise."""


class Commands(click.Group):
    """The group that imports a command only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = MODULES.get(cmd_name, cmd_name)
        command: click.Command = importlib.import_module(f"examsync.cli.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table itself: no command is imported to be listed."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXIT_CODES,
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def examsync() -> None:
    """ExamSync, the real-time exam server.

    Every command takes `-h`. Settings come from flags (`--set SECTION.KEY=VALUE`), from
    EXAMSYNC_SECTION_KEY in the environment, and from a file (`--config`), in this order.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code. Expected failures are one line on standard error."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        code = examsync.main(list(arguments), prog_name=PROGRAM, standalone_mode=False)
    except BrokenPipeError:  # the reader of our output has seen enough
        sys.stderr.close()
        return NOT_DONE
    except (Exception, KeyboardInterrupt) as error:
        return _told(error, as_json="--json" in arguments)
    return code if isinstance(code, int) else DONE


def _told(error: BaseException, *, as_json: bool) -> int:
    """Print an expected failure and give its exit code; raise again what is a defect of ours."""
    names = {f"{cls.__module__}.{cls.__qualname__}" for cls in type(error).__mro__}
    match error:
        case BadConfig():
            return _say(WRONG_CALL, "bad_config", *error.faults, as_json=as_json)
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message())
            return WRONG_CALL
        case click.UsageError():
            hint = f" See `{error.ctx.command_path} -h`." if error.ctx else ""
            said = sentence(error.format_message())
            return _say(WRONG_CALL, "bad_call", said + hint, as_json=as_json)
        case click.ClickException():
            return _say(NOT_DONE, "not_done", error.format_message(), as_json=as_json)
        case click.Abort() | KeyboardInterrupt():
            return INTERRUPTED
        case ExamError():
            return _say(NOT_DONE, error.code, _told_of(error.problem), as_json=as_json)
        case _ if names & _AWAY:
            return _say(AWAY, "unavailable", f"{sentence(_named(error))} {CHECK}", as_json=as_json)
        case _ if names & _EXPECTED:
            return _say(NOT_DONE, "not_done", str(error), as_json=as_json)
    raise error


def _named(error: BaseException) -> str:
    """An error of a driver with its class, without which many say nothing."""
    return f"{type(error).__name__}: {error}".rstrip(": ")


def sentence(text: str) -> str:
    """The text with one full stop at its end, unless it asks or calls."""
    return text if text.endswith(("?", "!")) else f"{text.rstrip('.')}."


def _told_of(problem: Problem) -> str:
    """What a problem says, in one sentence. Where the detail names the thing, it says all."""
    if not problem.detail:
        return problem.title
    if problem.code in _NAMED_BY_DETAIL:
        return problem.detail
    return f"{problem.title.rstrip('.')}: {problem.detail}"


def _say(exit_code: int, code: str, *details: str, as_json: bool) -> int:
    for detail in details:
        line = sentence(" ".join(detail.split()))
        if as_json:
            line = msgspec.json.encode({"code": code, "detail": line}).decode()
        else:
            line = f"{PROGRAM}: {code}: {line}"
        click.echo(line, err=True)
    return exit_code
