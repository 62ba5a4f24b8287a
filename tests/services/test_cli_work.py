"""`examsync work` as a process: it works, stops in order, and says in words why it will not."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from examsync.cli import NOT_DONE, WRONG_CALL
from examsync.devstack import Valkey
from tests.services.calling import Caller
from tests.services.installation import App, Candidate, becomes, done, furnish

END_S = 30.0


class Worker:
    """A process that works; its log lines are JSON."""

    def __init__(self, call: Caller, *more: str) -> None:
        settings = {**call.settings, "log.level": "info", "log.format": "json"}
        call.settings = settings
        self.process = subprocess.Popen(
            [sys.executable, "-m", "examsync", *call.arguments("work", *more)],
            stderr=subprocess.PIPE,
            env={key: value for key, value in os.environ.items() if "PROMETHEUS" not in key},
            text=True,
        )

    def says(self, event: str) -> dict[str, Any]:
        """Wait for this log line."""
        assert self.process.stderr is not None
        lines = []
        for line in self.process.stderr:
            lines.append(line)
            if line.startswith("{") and json.loads(line)["event"] == event:
                told: dict[str, Any] = json.loads(line)
                return told
        pytest.fail(f"it ended without {event!r}: {''.join(lines)}")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(END_S)


@contextlib.contextmanager
def worker(call: Caller, *more: str) -> Iterator[Worker]:
    """A worker that is gone in the end."""
    one = Worker(call, *more)
    try:
        yield one
    finally:
        one.process.kill()
        one.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_works_until_it_is_told_to_stop(call: Caller, number: signal.Signals) -> None:
    with worker(call) as one:
        one.says("working")
        assert one.end(number) == 0
        assert one.process.stderr is not None
        assert '"stopped"' in one.process.stderr.read()


async def test_it_flushes_and_grades_what_other_processes_were_told(
    call: Caller, built: App
) -> None:
    await furnish(built, "asha")
    asha = Candidate(built, "asha")
    await asha.start()
    done(await asha.answer("right"))
    await asha.submit()
    with worker(call) as one:
        one.says("working")
        await becomes(lambda: built.pool.fetchval("SELECT grading FROM attempts"), "graded")
        assert one.end() == 0


async def test_the_last_flush_comes_after_the_signal(call: Caller, built: App) -> None:
    call.settings["flush.interval_ms"] = "2000"
    await furnish(built, "asha")
    with worker(call) as one:
        one.says("working")
        await Candidate(built, "asha").start()
        assert one.end() == 0
    assert await built.pool.fetchval("SELECT state FROM attempts") == "in_progress"


def test_several_share_their_figures_with_others_under_the_same_directory(
    call: Caller, tmp_path: Path
) -> None:
    call.settings["metrics.directory"] = str(tmp_path)
    with worker(call) as one:
        one.says("working")
        assert list((tmp_path / "work").glob("*.db"))
        assert one.end() == 0
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize(("away", "back"), [("kill", "restart"), ("pause", "resume")])
def test_it_waits_for_redis_and_says_so(call: Caller, valkey: Valkey, away: str, back: str) -> None:
    call.settings["redis.url"] = valkey.url
    getattr(valkey, away)()
    with worker(call) as one:
        assert "Unavailable: Redis does not answer" in one.says("storage is away")["error"]
        getattr(valkey, back)()
        one.says("working")
        assert one.end() == 0


def test_it_can_be_stopped_while_it_waits(call: Caller, valkey: Valkey) -> None:
    call.settings["redis.url"] = valkey.url
    valkey.kill()
    with worker(call) as one:
        one.says("storage is away")
        assert one.end() == 0


@pytest.mark.parametrize(
    ("setting", "code", "said"),
    [
        ("auth.secret", WRONG_CALL, "auth.secret is the public default"),
        ("postgres.url", NOT_DONE, "The database lacks 0001_accounts"),
        ("redis.url", NOT_DONE, "appendonly is off"),
    ],
)
async def test_what_it_cannot_work_with_is_one_line(
    call: Caller, valkey: Valkey, pool: Any, *, setting: str, code: int, said: str
) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.config_set("appendonly", "no")
    if setting == "auth.secret":
        del call.settings["auth.secret"]
    elif setting == "redis.url":
        call.settings["redis.url"] = valkey.url
    else:
        await pool.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    with worker(call) as one:
        assert one.process.wait(END_S) == code
        assert one.process.stderr is not None
        (line,) = one.process.stderr.read().splitlines()
    assert line.startswith("examsync: ")
    assert said in line
