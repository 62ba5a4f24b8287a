"""`examsync token`: issue an access token, or see what one says."""

import sys
import uuid

import click

from examsync.access.service import key_ring
from examsync.access.token import Identity, issue, verify
from examsync.cli.options import json_option, print_json, with_settings
from examsync.clock import RedisClock
from examsync.config import Loaded, refuse_unsafe
from protocol.types import Role


@click.group()
def command() -> None:
    """Access tokens: issue one, check one."""


@command.command("issue")
@click.option("--subject", required=True, metavar="ID", help="Whose token: a candidate's id, ...")
@click.option("--role", required=True, type=click.Choice([str(role) for role in Role]))
@click.option("--exam", "exams", multiple=True, metavar="ID", help="An exam it is for; repeat it.")
@click.option("--hall", "halls", multiple=True, help="Keep an examiner to this hall; repeat it.")
@click.option("--name", default="", help="The name that screens show.")
@click.option(
    "--life-s", type=click.IntRange(1), help="Seconds it is good for (default: auth.token_life_s)."
)
@json_option
@with_settings
def issue_command(
    loaded: Loaded,
    *,
    subject: str,
    role: str,
    exams: tuple[str, ...],
    halls: tuple[str, ...],
    name: str,
    life_s: int | None,
    as_json: bool,
) -> None:
    """Print a token. An admin's is for all exams; others need at least one --exam."""
    refuse_unsafe(loaded.config)
    auth = loaded.config.auth
    if role != Role.ADMIN and not exams:
        raise click.UsageError(f"A token for a {role} that names no --exam opens nothing.")
    now = _now()
    identity = Identity(
        subject=subject,
        role=Role(role),
        exams=frozenset(exams),
        halls=frozenset(halls),
        issued_at=now,
        expires_at=now + (life_s or auth.token_life_s) * 1000,
        jti=uuid.uuid4().hex,
        name=name,
    )
    try:
        token = issue(identity, key_ring(auth))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        print_json({"token": token, "identity": identity})
    else:
        click.echo(token)


@command.command("check")
@click.argument("token", default="-")
@json_option
@with_settings
def check_command(loaded: Loaded, token: str, as_json: bool) -> None:
    """Say whom TOKEN speaks for (read from standard input when it is left out).

    Whether it has been revoked is not looked up.
    """
    text = sys.stdin.read().strip() if token == "-" else token
    identity = verify(text, key_ring(loaded.config.auth), _now())
    if as_json:
        print_json(identity)
        return
    left_s = (identity.expires_at - _now()) // 1000
    click.echo(f"subject  {identity.subject}  {identity.name}".rstrip())
    click.echo(f"role     {identity.role}")
    click.echo(f"exams    {', '.join(sorted(identity.exams)) or _all_or_none(identity)}")
    if identity.halls:
        click.echo(f"halls    {', '.join(sorted(identity.halls))}")
    click.echo(f"expires  in {left_s} s")


def _all_or_none(identity: Identity) -> str:
    return "all" if identity.role is Role.ADMIN else "none"


def _now() -> int:
    """This machine's time; the leeway covers its difference from the server's."""
    return RedisClock().now()
