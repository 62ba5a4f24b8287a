"""The official JavaScript client, unmodified, sits a whole exam: killed half-way, and resumed."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from examsync.attempts.export import export
from loadtest.client.ledger import AckedAnswer
from loadtest.reconcile import reconcile
from loadtest.report import Report, Seated
from protocol.http import ExportedAttempt
from tests.edge.house import EXAM, House

pytestmark = pytest.mark.node

CLIENT = "socket.io-client@4.8.4"
MODULES = Path(__file__).parents[2] / ".dev" / "node" / CLIENT.replace("@", "-")
"""Installed once and kept; git ignores it."""
SITTER = Path(__file__).parent / "js" / "sitter.mjs"
INSTALL_S = 120.0
WITHIN_S = 30.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def modules() -> Path:
    """A folder with socket.io-client in it, by npm's ordinary means."""
    npm = shutil.which("npm")
    if not (MODULES / "node_modules" / "socket.io-client").is_dir():
        if npm is None:
            pytest.skip(f"node: no npm was found to install {CLIENT}")
        MODULES.mkdir(parents=True, exist_ok=True)
        call = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(MODULES)]
        process = await asyncio.create_subprocess_exec(
            *call, CLIENT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await asyncio.wait_for(process.communicate(), INSTALL_S)
        if process.returncode != 0:
            pytest.skip(f"node: npm could not install {CLIENT}: {said.decode()[-300:]}")
    return MODULES


class Sitter:
    """A running sitter.mjs; `lines` is what it has printed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []

    async def says(self, key: str) -> dict[str, Any]:
        """Read on until a line with this key."""
        assert self.process.stdout is not None
        async with asyncio.timeout(WITHIN_S):
            async for text in self.process.stdout:
                self.lines.append(msgspec.json.decode(text))
                if key in self.lines[-1]:
                    return self.lines[-1]
        pytest.fail(f"it ended without saying {key!r}; it said {self.lines[-5:]}")

    def acked(self) -> dict[str, AckedAnswer]:
        """What it was acked, by item."""
        return {
            line["acked"]: AckedAnswer(
                line["acked"],
                line["lease"],
                line["seq"],
                line["response"],
                tuple(line["ack"]["rev"]),
                line["ack"]["receipt"],
                line["ack"]["saved_at"],
            )
            for line in self.lines
            if "acked" in line
        }


@pytest.fixture
async def sat(house: House, modules: Path, tmp_path: Path) -> AsyncIterator[Any]:
    """Start sitters; what still runs after the test is killed."""
    sitters: list[Sitter] = []

    async def sitting(who: str, what: str, token: str | None = None) -> Sitter:
        arguments = [modules, house.url, EXAM, token or house.token(who), f"js-{who}"]
        process = await asyncio.create_subprocess_exec(
            "node",
            *map(str, [SITTER, *arguments, tmp_path / f"{who}.json", what]),
            stdout=asyncio.subprocess.PIPE,
        )
        sitters.append(Sitter(process))
        return sitters[-1]

    yield sitting
    for sitter in sitters:
        with contextlib.suppress(ProcessLookupError):
            sitter.process.kill()
        await sitter.process.communicate()


async def stored(house: House, who: str) -> ExportedAttempt:
    attempts = [a async for a in export(house.app.records, EXAM) if a.candidate == who]
    return attempts[0]


async def test_it_sits_an_exam_is_killed_resumes_and_submits(house: House, sat: Any) -> None:
    who = await house.candidate()
    first = await sat(who, "linger")
    todo = (await first.says("lingering"))["lingering"]
    first.process.kill()
    await first.process.wait()
    assert len(first.acked()) == todo - 2

    second = await sat(who, "submit")
    joined = await second.says("joined")
    assert set(joined["responses"]) == set(first.acked())
    await second.says("settled")
    assert await asyncio.wait_for(second.process.wait(), WITHIN_S) == 0
    assert {"closed": "submitted"} in second.lines
    assert len(second.acked()) == 2, "what was only on its disk"

    attempt = await stored(house, who)
    latest = first.acked() | second.acked()
    report = Report(EXAM, 0, 0, people=[Seated(who, latest=latest, acked=len(latest))])
    findings = reconcile(report, [attempt])
    assert findings.ok, findings
    assert findings.compared == todo
    assert attempt.state == "submitted"
    assert "पौधे" in str(attempt.responses)


async def test_a_bad_token_is_a_connect_error_with_a_problem(sat: Any) -> None:
    sitter = await sat("asha", "submit", "not a token")
    refused = await sitter.says("connect_error")
    assert refused["data"]["code"] == "unauthorized"
    assert refused["data"]["retry"] is False
