"""What the demo says to people: opening, welcome, status line, last word. All pure."""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from examsync.bank.report import Report
from examsync.cli.demonstration.hall import PROBLEMS_SHOWN_MAX, Hall, said
from examsync.cli.demonstration.progress import Progress
from examsync.cli.demonstration.tally import Tally
from examsync.cli.options import counted
from examsync.cli.times import shown_duration

OWN_SERVERS = ("EXAMSYNC_REDIS_URL", "EXAMSYNC_DATABASE_URL")


class Places(Struct, frozen=True):
    """Where things are."""

    url: str
    folder: Path
    shortcut: Path


def opening(folder: Path, environ: Mapping[str, str]) -> str:
    """The first lines: where everything lives, how to stop, and whose servers are used."""
    lines = [
        f"ExamSync demo: all of it runs on 127.0.0.1, data and logs are in {folder}.",
        "Ctrl-C stops everything. The data stay for the next demo; `./dev reset` deletes them.",
    ]
    lines += [
        f"Using a server of yours, as {name} says." for name in OWN_SERVERS if name in environ
    ]
    return "\n".join(lines)


def imported(report: Report, file: Path) -> str:
    """How many questions of a file of yours are in, and why others are not."""
    taken, left = counted(report.accepted, "question"), counted(report.skipped, "row")
    lines = [f"{file.name}: {taken} imported, {left} left out."]
    lines += [f"  {file.name}:{text}" for text in said(report)[:PROBLEMS_SHOWN_MAX]]
    if len(report.errors) > PROBLEMS_SHOWN_MAX:
        lines.append("  ... `examsync import` without --commit names every problem.")
    return "\n".join(lines)


def welcome(hall: Hall, places: Places, duration_ms: int) -> str:
    """URLs, tokens, and what to do with them."""
    own, url, run = hall.candidates[0].candidate, places.url, places.shortcut
    return f"""
An exam of {shown_duration(duration_ms)} is live, with {len(hall.candidates)} bots as candidates.
One more bot is the examiner: it gives time, pauses, sends messages. When the exam is over, Ctrl-C
and a new demo make another. INSECURE: default secrets, for a trial only.

  exam       {hall.exam}
  server     {url}    (WebSocket only: transports: ["websocket"])
  health     {url}/readyz?verbose   {url}/metrics
  logs       {places.folder}/server.log   {places.folder}/bots.log

In a browser; each link signs you in for 12 hours:

  run the place: exams, banks, rolls, results
{url}/admin#token={hall.admin_token}
  watch the exam and act, as an examiner
{url}/monitor#exam={hall.exam}&token={hall.examiner_token}
  sit the exam yourself, on a seat that no bot takes
{url}/#token={hall.guest.token}

In another terminal ({run} is `examsync` with this demo's settings):

  {run} monitor {hall.exam}
  {run} exam extend {hall.exam} --candidate {own} --minutes 5 --reason trial
  {run} exam pause {hall.exam} --all --reason trial     (resume, message, ...: exam -h)

For a client of yours (README, "A client"), the token of that seat:

{hall.guest.token}

Once it has handed in, this opens the seat again:

  {run} exam reopen {hall.exam} --candidate {hall.guest.candidate}

Below: `saved` is fsynced in Redis and acknowledged, `durable` is committed in Postgres; a fact is
one entry of an attempt's log: an answer, a start, a signal, an act.
"""


def status(elapsed_s: float, samples: Mapping[str, float], own: Progress, *, bots: bool) -> str:
    """What is going on (for the eye, not for the count): the server's metrics of who is there, and
    how far the demo's own exam is."""
    online = samples.get('examsync_connections{namespace="/exam"}', 0)
    answers = samples.get('examsync_events_total{event="answer",outcome="ok"}', 0)
    parts = [
        f"{elapsed_s:4.0f} s",
        f"{online:.0f} online",
        f"{answers:.0f} answers saved",
        f"{own.facts} facts durable",
        f"{own.handed_in} handed in",
        f"{own.swept} closed by the sweep",
    ]
    return " | ".join(parts if bots else [*parts, "bots have gone home"])


def last_word(result: Tally) -> str:
    """The tally, for people."""
    counts: dict[str, object] = {
        "candidates": result.candidates,
        "answers acknowledged": f"{result.answers_acked}  (each change of an answer counts)",
        "answers in Postgres": f"{result.answers_in_postgres}  (the latest to each question)",
        "acknowledged and lost": result.lost,
        "late": result.late,
        "signals of violations": result.violations,
        "deltas to the monitor": result.monitor_deltas,
        "attempts closed by sweep": result.attempts_closed_by_sweep,
        "attempts graded": f"{result.graded}  (written texts wait for a marker)",
        "candidates resumed": result.resumed,
        "server killed": result.server_kills,
    }
    lines = [f"  {name:26}{value}" for name, value in counts.items()]
    verdict = "No acknowledged answer was lost." if not result.lost else "ANSWERS WERE LOST."
    return "\n".join(["", *lines, "", verdict])
