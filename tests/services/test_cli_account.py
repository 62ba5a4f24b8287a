"""`examsync account` on a real database: what it changes holds for signing in and for tokens."""

import pytest

from examsync.access.token import Identity
from examsync.cli import NOT_DONE, WRONG_CALL
from examsync.errors import ExamError
from protocol.types import Role
from tests.services.calling import Caller
from tests.services.installation import App

PASSWORD = "correct horse"
EXAMINER = ("--role", "examiner", "--exam", "exam-1")


async def create(call: Caller, login: str = "eva", *more: str, password: str = PASSWORD) -> None:
    arguments = ("account", "create", login, *(more or EXAMINER), "--password-stdin")
    made = await call(*arguments, stdin=f"{password}\n")
    assert (made.code, made.err) == (0, "")


async def sign_in(built: App, login: str = "eva", password: str = PASSWORD) -> Identity:
    return (await built.accounts.sign_in(login, password, address="192.0.2.1")).identity


async def revoked(built: App, identity: Identity) -> bool:
    await built.read_revoked()
    return built.revocations.is_revoked(identity)


async def test_who_was_created_signs_in(call: Caller, built: App) -> None:
    await create(call, "Eva@X.org", "--id", "e-1", "--name", "Eva", *EXAMINER, "--hall", "East")
    identity = await sign_in(built, "eva@x.org")
    assert (identity.subject, identity.name, identity.role) == ("e-1", "Eva", Role.EXAMINER)
    assert identity.exams == {"exam-1"}
    assert identity.halls == {"East"}


async def test_a_login_that_can_be_an_id_is_the_id(call: Caller, built: App) -> None:
    await create(call, "root", "--role", "admin")
    assert (await sign_in(built, "root")).subject == "root"
    refused = await call("account", "create", "a@b", "--role", "admin", "--password-stdin")
    assert refused.code == WRONG_CALL
    assert "give another --id" in refused.err


async def test_all_accounts_are_listed_by_login(call: Caller) -> None:
    await create(call, "zoe", "--role", "candidate")
    await create(call, "eva", *EXAMINER, "--hall", "East")
    await call("account", "disable", "zoe")
    listed = (await call("account", "list")).out.splitlines()
    assert [line.split() for line in listed] == [
        ["eva", "examiner", "eva", "exam-1", "hall=East"],
        ["zoe", "candidate", "zoe", "disabled"],
    ]
    told = (await call("account", "list", "--json")).json
    assert [one["login"] for one in told] == ["eva", "zoe"]
    assert "password" not in str(told)


async def test_those_who_are_wanted_are_listed(call: Caller) -> None:
    await create(call, "zoe", "--role", "candidate", "--name", "Zoe")
    await create(call, "eva", *EXAMINER)
    await call("account", "disable", "zoe")

    async def listed(*options: str) -> list[str]:
        return [one["login"] for one in (await call("account", "list", "--json", *options)).json]

    assert await listed("--role", "examiner") == ["eva"]
    assert await listed("--search", "ZO") == ["zoe"]
    assert await listed("--disabled") == ["zoe"]
    assert await listed("--enabled") == ["eva"]


async def test_a_password_may_be_made_up_and_is_printed_once(call: Caller, built: App) -> None:
    made = await call("account", "create", "eva", *EXAMINER, "--make-password")
    password = made.out.splitlines()[1].removeprefix("Password: ")
    assert (made.code, made.err) == (0, "")
    assert len(password) >= 16
    identity = await sign_in(built, password=password)
    again = await call("account", "set-password", "eva", "--make-password")
    other = again.out.strip().rpartition(": ")[2]
    assert other != password
    assert await revoked(built, identity)
    assert (await sign_in(built, password=other)).subject == "eva"


async def test_a_new_name_leaves_tokens_as_they_are(call: Caller, built: App) -> None:
    await create(call)
    identity = await sign_in(built)
    assert (await call("account", "rename", "eva", "Eva B.")).code == 0
    assert not await revoked(built, identity)
    assert (await sign_in(built)).name == "Eva B."


async def test_the_last_admin_stays(call: Caller) -> None:
    await create(call, "root", "--role", "admin")
    for arguments in (("disable", "root"), ("scope", "root", "--role", "candidate")):
        refused = await call("account", *arguments)
        assert refused.code == NOT_DONE
        assert "last admin" in refused.err
    await create(call, "vice", "--role", "admin")
    assert (await call("account", "disable", "root")).code == 0


async def test_a_disabled_account_is_out_until_it_is_enabled(call: Caller, built: App) -> None:
    await create(call)
    identity = await sign_in(built)
    assert (await call("account", "disable", "EVA ")).code == 0
    assert await revoked(built, identity)
    with pytest.raises(ExamError, match="wrong"):
        await sign_in(built)
    assert (await call("account", "enable", "eva")).code == 0
    assert not await revoked(built, await sign_in(built))


async def test_a_new_password_ends_what_the_old_one_began(call: Caller, built: App) -> None:
    await create(call)
    identity = await sign_in(built)
    changed = await call("account", "set-password", "eva", "--password-stdin", stdin="new one 2\n")
    assert changed.code == 0
    assert await revoked(built, identity)
    assert (await sign_in(built, password="new one 2")).subject == "eva"


async def test_a_new_scope_ends_tokens_that_say_otherwise(call: Caller, built: App) -> None:
    await create(call)
    identity = await sign_in(built)
    changed = await call("account", "scope", "eva", "--role", "examiner", "--exam", "exam-2")
    assert (changed.code, changed.err) == (0, "")
    assert changed.out == "eva is examiner of exam-2, after signing in anew.\n"
    assert await revoked(built, identity)
    assert (await sign_in(built)).exams == {"exam-2"}


async def test_signing_out_needs_no_account_of_ours(call: Caller, built: App) -> None:
    await create(call)
    identity = await sign_in(built)
    assert (await call("account", "sign-out", "--subject", "eva")).code == 0
    assert await revoked(built, identity)
    again = await sign_in(built)
    assert (await call("account", "sign-out", "eva")).out == "eva is signed out everywhere.\n"
    assert await revoked(built, again)
    assert (await call("account", "sign-out")).code == WRONG_CALL
    assert (await call("account", "sign-out", "eva", "--subject", "eva")).code == WRONG_CALL


@pytest.mark.parametrize("role", ["candidate", "admin"])
async def test_a_scope_that_means_nothing_is_a_wrong_call(call: Caller, role: str) -> None:
    for name in ("create", "scope"):
        refused = await call("account", name, "eva", "--role", role, "--exam", "exam-1")
        assert refused.code == WRONG_CALL
        assert f"not a {role}" in refused.err
        refused = await call("account", name, "eva", "--role", "examiner", "--hall", "East")
        assert "could open nothing" in refused.err


async def test_a_password_is_never_an_argument_and_is_asked_of_people_only(call: Caller) -> None:
    refused = await call("account", "create", "eva", *EXAMINER)
    assert refused.code == WRONG_CALL
    assert "--make-password or --password-stdin" in refused.err
    refused = await call("account", "create", "eva", *EXAMINER, "--password", PASSWORD)
    assert refused.code == WRONG_CALL


async def test_people_are_asked_twice_and_see_nothing_they_type(
    call: Caller, built: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = iter([PASSWORD, "correct hose", PASSWORD, PASSWORD])
    monkeypatch.setattr("click.termui.hidden_prompt_func", lambda _: next(typed))
    monkeypatch.setattr("examsync.cli.account.asked_by_a_terminal", lambda: True)
    made = await call("account", "create", "eva", *EXAMINER)
    assert made.code == 0
    assert PASSWORD not in made.out + made.err
    assert (await sign_in(built)).subject == "eva"


async def test_what_the_service_refuses_is_one_line_with_a_code(call: Caller) -> None:
    await create(call)
    again = await call(
        "account", "create", "EVA", "--id", "e-2", *EXAMINER, "--password-stdin", stdin=PASSWORD
    )
    short = await call(
        "account", "create", "ann", *EXAMINER, "--password-stdin", stdin="short\nlonger line\n"
    )
    nobody = await call("account", "disable", "nobody")
    codes = ["exists", "bad_request", "not_found"]
    for refused, code in zip((again, short, nobody), codes, strict=True):
        assert refused.code == NOT_DONE
        assert refused.err.startswith(f"examsync: {code}: ")
        assert len(refused.err.splitlines()) == 1
