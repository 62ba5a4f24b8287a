"""The load test against a whole server, and against one that lies: it is content with nothing less
than all of it.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from loadtest.swarm.outcome import Outcome
from protocol.http import ExportedAttempt
from protocol.problems import Code
from tests.edge.house import SECRET, House
from tests.edge.liar import liar
from tests.edge.rooms_to_let import Let

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WITHIN_S = 120.0
SMALL = ["--candidates", "10", "--examiners", "1", "--for", "6", "--think", "0.8"]
LENIENT = '[rows.default]\nfailures = 0\n[rows."WSC answer"]\ncount_min = 1\n'
"""For a machine that is busy with other tests: correctness is strict, durations are free."""
TIGHT = LENIENT + "p99_ms = 0.01\n"

BROKEN_CANDIDATE = """
from loadtest.locustfile import Candidate, Exam, Examiner
from locust import task

class Candidate(Candidate):
    count = 0

    @task
    def fail(self):
        Candidate.count += 1
        if Candidate.count == 5:
            raise ValueError("a defect in a task")
"""


async def started(command: Sequence[str], folder: Path, **more: str) -> asyncio.subprocess.Process:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("EXAMSYNC_")}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *command,
        cwd=folder,
        env=kept | {"PYTHONPATH": str(ROOT), "EXAMSYNC_AUTH_SECRET": SECRET} | more,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def ended(process: asyncio.subprocess.Process) -> tuple[int, str, str]:
    out, err = await asyncio.wait_for(process.communicate(), WITHIN_S)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def loaded(url: str, folder: Path, *more: str) -> tuple[int, Outcome]:
    """`./dev loadtest --host`, with thresholds that a busy machine keeps; again, and only then, if
    its disk stood still for so long that the server had to say so."""
    code, result = await _loaded(url, folder, *more)
    return await _loaded(url, folder, *more) if stood_still(result) else (code, result)


def stood_still(result: Outcome) -> bool:
    """Whether nothing was amiss but that storage did not answer for a second."""
    failed = [row for row in result.rows if row.reasons]
    silences = [row for row in failed if row.reasons.keys() <= {Code.UNAVAILABLE.value}]
    return 0 < len(silences) == len(failed) == len(result.broken)


async def _loaded(url: str, folder: Path, *more: str) -> tuple[int, Outcome]:
    (folder / "lenient.toml").write_text(LENIENT)
    limits = ["--thresholds", str(folder / "lenient.toml")]
    command = ["loadtest", "--host", url, "--json", *SMALL, *limits, *more]
    code, out, err = await ended(await started(command, folder))
    assert out, err
    return code, msgspec.json.decode(out, type=Outcome)


def row(result: Outcome, name: str) -> Any:
    return next((each for each in result.rows if each.row == name), None)


async def statuses(house: House) -> set[str]:
    stored = await house.app.exams.listed()
    return {each.status for each in stored if each.exam.id.startswith("loadtest-")}


async def test_a_small_crowd_is_in_order_and_leaves_nothing_open(let: Let, tmp_path: Path) -> None:
    house = await let()
    code, result = await loaded(house.url, tmp_path)
    assert (code, result.ok, result.broken) == (0, True, [])
    assert result.facts.seated == 10
    assert result.findings is not None
    assert result.findings.compared > 10
    assert row(result, "WSC answer").count == result.answers_acked
    assert row(result, "WSC submit").count == row(result, "WSC start").count == 10
    assert row(result, "FAN progress").count > 10
    assert row(result, "GEN slip").count > 10
    assert await statuses(house) == {"archived"}


async def test_a_storm_over_two_processes_resumes_everybody(let: Let, tmp_path: Path) -> None:
    house = await let()
    code, result = await loaded(house.url, tmp_path, "--shape", "storm", "--processes", "2")
    assert (code, result.broken) == (0, [])
    assert result.facts.cuts > 0
    assert row(result, "WSC resume").count == result.resumed >= result.facts.cuts
    assert row(result, "WS reconnect").count > 0
    assert row(result, "WS back").count > 0
    assert row(result, "WS lost") is None


class Lies:
    """Refuses the third ack of an answer, and takes one answer out of every export."""

    def __init__(self) -> None:
        self.acks = 0

    def frame(self, text: str) -> str:
        """An ack that the server gave, and a client is told otherwise."""
        if not text.startswith("43/exam,") or '"saved_at"' not in text:
            return text
        self.acks += 1
        if self.acks != 3:
            return text
        refusal = {"code": "internal", "title": "A lie.", "retry": True}
        head = text.partition("[")[0]
        return head + json.dumps([{"ok": False, "problem": refusal}])

    def export(self, text: str) -> str:
        """Without one of the first attempt's answers."""
        first, *others = [
            msgspec.json.decode(line, type=ExportedAttempt)
            for line in text.splitlines()
            if '"responses":{}' not in line
        ]
        first.responses.popitem()
        return "".join(msgspec.json.encode(each).decode() + "\n" for each in (first, *others))


async def test_whatever_is_wrong_is_named_and_is_exit_code_one(let: Let, tmp_path: Path) -> None:
    """Under plain locust: a refused ack, a lost answer, a broken task and a broken threshold."""
    house, lies = await let(), Lies()
    (tmp_path / "tight.toml").write_text(TIGHT)
    (tmp_path / "locustfile.py").write_text(BROKEN_CANDIDATE)
    command = ["locust", "-f", str(tmp_path / "locustfile.py"), "--headless", *SMALL]
    command += ["--thresholds", str(tmp_path / "tight.toml"), "--result", str(tmp_path / "result")]
    async with liar(house.url, lies.frame, lies.export) as url:
        code, out, err = await ended(await started([*command, "--host", url], tmp_path))
    assert (tmp_path / "result").exists(), err
    result = msgspec.json.decode((tmp_path / "result").read_bytes(), type=Outcome)
    assert code == 1
    assert result.correct.lost == 1
    assert row(result, "WSC answer").reasons == {"internal": 1}
    assert row(result, "ERR task").reasons == {"ValueError: a defect in a task": 1}
    named = "\n".join(result.broken)
    assert "lost: 1, at most 0" in named
    assert "WSC answer: 1 failures (1 x internal), at most 0" in named
    assert "WSC answer: p99_ms is" in named
    assert "NOT IN ORDER" in out


async def test_ctrl_c_sends_everybody_home_and_still_compares(let: Let, tmp_path: Path) -> None:
    house = await let()
    command = ["loadtest", "--host", house.url, "--json", *SMALL, "--for", "60"]
    process = await started(command, tmp_path)
    await answering(house)
    process.send_signal(signal.SIGINT)
    code, out, err = await ended(process)
    assert code == 130, err
    result = msgspec.json.decode(out, type=Outcome)
    assert result.facts.stopped_early
    assert result.findings is not None
    assert result.findings.compared > 0
    assert await statuses(house) == {"archived"}


async def answering(house: House) -> None:
    """Until some of them have answered."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            stored = await house.app.pool.fetchval("SELECT count(*) FROM responses")
            if stored > 5:
                return
            await asyncio.sleep(0.2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "http://127.0.0.1:1"], "does not answer"),
        (["--for", "1"], "--for 1: it takes 5 to 14400"),
        (["--thresholds", "none.toml"], "--thresholds none.toml"),
    ],
)
async def test_what_cannot_be_run_says_what_to_do(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    code, out, err = await ended(await started(["loadtest", *arguments], tmp_path))
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
