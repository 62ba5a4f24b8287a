"""`examsync exam slips`: what is printed signs in; a table opens in a spreadsheet without harm."""

import csv
import stat
from pathlib import Path

from examsync.attempts.attempt import Seat
from examsync.cli import NOT_DONE
from tests.services.calling import Caller
from tests.services.installation import EXAM, App, furnish

ADDRESS = "192.0.2.1"


async def codes(call: Caller, *options: str) -> dict[str, str]:
    told = (await call("exam", "slips", EXAM, "--json", *options)).json
    return {one["candidate"]: one["code"] for one in told}


async def test_a_printed_code_signs_in_until_it_is_renewed(call: Caller, built: App) -> None:
    await furnish(built, "asha", "ravi")
    first = await codes(call)
    assert set(first) == {"asha", "ravi"}
    assert await codes(call) == first
    signed = await built.access.codes.sign_in(first["asha"], address=ADDRESS)
    assert signed.identity.subject == "asha"
    second = await codes(call, "--candidate", "asha", "--renew")
    assert set(second) == {"asha"}
    await built.read_revoked()
    assert built.revocations.is_revoked(signed.identity)
    assert await codes(call) == {**first, **second}


async def test_people_read_a_line_for_each(call: Caller, built: App) -> None:
    await furnish(built, "asha")
    said = await call("exam", "slips", EXAM)
    assert said.out.split() == [(await codes(call))["asha"], "asha", "Asha"]


async def test_the_log_is_not_between_the_lines_for_people_unless_it_is_asked_for(
    call: Caller, built: App
) -> None:
    await furnish(built, "asha")
    told = {}
    for level in ("info", "debug"):
        call.settings["log.level"] = level
        told[level] = (await call("exam", "slips", EXAM)).err
    assert told["info"] == ""
    assert "slips were made" in told["debug"]


async def test_a_table_is_for_spreadsheets_and_for_its_owner(
    call: Caller, built: App, tmp_path: Path
) -> None:
    await furnish(built, "asha")
    await built.records.register([Seat(EXAM, "eve", '=HYPERLINK("http://x","y")', "Saal Ä")])
    file = tmp_path / "slips.csv"
    said = await call("exam", "slips", EXAM, "--csv", str(file))
    assert "2 slips" in said.out
    assert (await codes(call))["asha"] not in said.out
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with file.open(encoding="utf-8-sig", newline="") as lines:
        header, *rows = list(csv.reader(lines))
    assert header == ["candidate", "name", "hall", "group", "code"]
    named = {row[0]: row for row in rows}
    assert named["asha"][4] == (await codes(call))["asha"]
    assert named["eve"][1].startswith("'=")
    assert named["eve"][2] == "Saal Ä"


async def test_what_is_not_there_is_said(call: Caller, built: App) -> None:
    await furnish(built, "asha")
    nobody = await call("exam", "slips", EXAM, "--candidate", "zoe")
    nowhere = await call("exam", "slips", "nowhere")
    assert (nobody.code, nowhere.code) == (NOT_DONE, NOT_DONE)
