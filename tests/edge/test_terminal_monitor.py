"""The terminal's monitor against a real server: it sees what happens, and says why it cannot."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from examsync.cli import INTERRUPTED
from examsync.cli.monitor import Viewer
from examsync.errors import ExamError
from protocol.problems import Code
from protocol.types import AttemptState, Presence, Role
from tests.edge.house import CANDIDATES, EXAM, House, until
from tests.edge.rooms_to_let import Enter

WITHIN_S = 20.0

Look = Callable[..., Any]


@pytest.fixture
async def look(house: House) -> AsyncIterator[Look]:
    """Viewers with a token, `look(exam, halls=...)`; they leave after the test."""
    viewers: list[Viewer] = []

    def looking(exam: str = EXAM, heard: Any = None, **changes: Any) -> Viewer:
        token = house.token("rita", Role.EXAMINER, **changes)
        viewers.append(Viewer(house.url, token, exam, heard))
        return viewers[-1]

    yield looking
    for viewer in viewers:
        await viewer.close()


async def whole(viewer: Viewer) -> Viewer:
    """It is connected and holds a snapshot."""
    await viewer.connect()
    await asyncio.wait_for(viewer.until_whole(), WITHIN_S)
    return viewer


async def test_everybody_on_the_roll_is_there(look: Look) -> None:
    viewer = await whole(look())
    assert {row.candidate for row in viewer.board.rows.values()} >= set(CANDIDATES)
    assert viewer.title != EXAM


async def test_what_a_candidate_does_is_seen(house: House, look: Look, enter: Enter) -> None:
    viewer = await whole(look())
    who = await house.candidate()
    assert who not in {row.candidate for row in viewer.board.rows.values()}
    house.app.monitor.roll_changed(EXAM)
    candidate = await enter(house, who)
    await candidate.start()
    await candidate.answer(1)
    await candidate.ok("raise_hand", {"id": candidate.id("hand"), "text": "?"})
    row = await row_of(viewer, who, lambda row: row.hand and row.answered == 1)
    assert row.state is AttemptState.IN_PROGRESS
    assert row.deadline is not None
    await until(lambda: row.attempt in viewer.board.connections, WITHIN_S)
    assert viewer.board.connections[row.attempt].level is Presence.LIVE
    assert [each.attempt for each in viewer.board.happened] == [row.attempt]
    await row_of(viewer, who, lambda row: row.durable == row.rev)


async def row_of(viewer: Viewer, who: str, holds: Callable[[Any], bool]) -> Any:
    """The row of a candidate, when something holds of it."""

    def found() -> list[Any]:
        return [r for r in viewer.board.rows.values() if r.candidate == who and holds(r)]

    await until(lambda: bool(found()), WITHIN_S)
    return found()[0]


async def test_an_examiner_of_a_hall_sees_his_hall(look: Look) -> None:
    viewer = await whole(look(halls=frozenset({"hall-2"})))
    assert {row.hall for row in viewer.board.rows.values()} == {"hall-2"}


async def test_who_lost_the_connection_goes_on_from_where_he_was(
    house: House, look: Look, enter: Enter
) -> None:
    events: list[tuple[str, str | None]] = []
    viewer = await whole(look(heard=lambda name, body: events.append((name, body.get("prior")))))
    who = await house.candidate()
    house.app.monitor.roll_changed(EXAM)
    await row_of(viewer, who, lambda row: True)
    version = viewer.board.version
    for wire in list(house.front.guard.wires):
        wire.cut(1012, "a test pulls the plug")
    events.clear()
    candidate = await enter(house, who)
    await candidate.start()
    await row_of(viewer, who, lambda row: row.started_at is not None)
    assert viewer.board.version != version
    assert ("roster", None) not in events  # no snapshot was needed
    assert any(prior is not None for _, prior in events)


async def test_an_exam_that_is_not_ones_own_is_refused_with_the_reason(look: Look) -> None:
    viewer = look("exam-2")
    with pytest.raises(ExamError) as refused:
        await whole(viewer)
    assert refused.value.code is Code.FORBIDDEN


async def test_a_bad_token_is_refused_with_the_reason(house: House) -> None:
    viewer = Viewer(house.url, "no token", EXAM, None)
    with pytest.raises(ExamError) as refused:
        await viewer.connect()
    await viewer.close()
    assert refused.value.code is Code.UNAUTHORIZED


async def begun(house: House, *arguments: str) -> asyncio.subprocess.Process:
    """The command as a process; it reads its token."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "examsync", "monitor", EXAM, "--url", house.url, "--token", "-",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def run(house: House, *arguments: str, token: str | None = None) -> tuple[int, str, str]:
    """What the command prints until it ends."""
    given = token or house.token("rita", Role.EXAMINER)
    process = await begun(house, *arguments)
    out, err = await asyncio.wait_for(process.communicate(given.encode()), WITHIN_S)
    return process.returncode or 0, out.decode(), err.decode()


async def test_the_command_shows_it_once(house: House) -> None:
    code, out, err = await run(house, "--once")
    assert (code, err) == (0, "")
    assert "ASHA" in out.upper()


async def test_the_command_prints_events_for_programs(house: House) -> None:
    code, out, _ = await run(house, "--once", "--json")
    assert code == 0
    first = json.loads(out.splitlines()[0])
    assert first["event"] == "roster"
    assert first["body"]["part"] == 1


async def test_ctrl_c_ends_the_command_without_a_word(house: House) -> None:
    process = await begun(house, "--json")
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(house.token("rita", Role.EXAMINER).encode())
    process.stdin.close()
    await asyncio.wait_for(process.stdout.readline(), WITHIN_S)
    process.send_signal(signal.SIGINT)
    _, err = await asyncio.wait_for(process.communicate(), WITHIN_S)
    assert (process.returncode, err.strip()) == (INTERRUPTED, b"")


async def test_the_command_says_in_one_line_why_it_was_refused(house: House) -> None:
    code, out, err = await run(house, token="nonsense")
    assert (code, out) == (1, "")
    assert err.startswith("examsync: unauthorized: ")
    assert len(err.splitlines()) == 1


async def test_a_server_that_is_not_there_is_said_in_one_line(house: House) -> None:
    code, out, err = await run(house, "--url", "http://127.0.0.1:1")
    assert (code, out) == (1, "")
    assert err.startswith("examsync: not_done: http://127.0.0.1:1: ")
    assert len(err.splitlines()) == 1
