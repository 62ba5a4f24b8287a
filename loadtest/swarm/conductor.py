"""A run as locust sees it: prepared when it starts, dealt to the processes, collected, judged.

`register` hangs it into locust's events. Every process has one: a master, its workers, or the
only one there is.
"""

import logging
import math
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtest.office import OfficeError
from loadtest.preparing import Prepared, access_of, prepare
from loadtest.swarm.collecting import DEAL, FIGURES, GO_HOME, HANDED, Collected
from loadtest.swarm.crew import LEAVE_WITHIN_S, Deal
from loadtest.swarm.judging import Run, exit_code, judge
from loadtest.swarm.options import BadOption, Options, options
from loadtest.swarm.outcome import Outcome, table
from loadtest.swarm.progress import Progress, said
from loadtest.swarm.rows import OURS, Measure, Rows
from loadtest.swarm.users import CREW, Examiner

log = logging.getLogger(__name__)

NOT_RUN = 2
HAND_IN_WITHIN_S = LEAVE_WITHIN_S + 15.0
EARLY_S = 1.5
"""A run that ends so much before its end was stopped by somebody."""
JSON = "json"
ONLY = "only"
"""The name of the one process of a run that is not distributed."""


class Conductor:
    """Of a master, or of the only process."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.wanted: Options | None = None
        self.prepared: Prepared | None = None
        self.failed = ""
        self._collected = Collected("", [])
        self._progress: Progress | None = None
        environment.process_exit_code = NOT_RUN  # until something was measured, and judged

    def look_at_options(self) -> Options:
        """As they are now: the page may have changed them. Raises BadOption, OfficeError."""
        wanted = options(self.environment.parsed_options)
        access_of(os.environ)
        Examiner.fixed_count = wanted.examiners
        return wanted

    # --- the start ----------------------------------------------------------------------------

    def start(self) -> None:
        """Make the exam, and deal. What goes wrong is said, and ends the run."""
        self.prepared, self.failed = None, ""
        self.environment.process_exit_code = NOT_RUN
        try:
            self.wanted = self.look_at_options()
            self.prepared = self._prepare(self.wanted)
        except (BadOption, OfficeError) as error:
            self.failed = str(error)
            CREW.close(self.failed)
            print(f"loadtest: {self.failed}", file=sys.stderr)
            return
        self._deal(self.prepared)
        self._progress = Progress(self._look)
        self._progress.start()

    def _prepare(self, wanted: Options) -> Prepared:
        """More seats than candidates where there are workers: locust decides how many each has."""
        workers = self._workers()
        users = wanted.candidates + wanted.examiners
        seats = wanted.candidates
        if isinstance(self.environment.runner, MasterRunner):
            seats = (math.ceil(users / len(workers)) + 1) * len(workers)
        host = self.environment.host
        if not host:
            raise OfficeError("Which server? Name it: --host http://127.0.0.1:8000")
        access = access_of(os.environ)
        return prepare(host, access, wanted.schedule, seats=seats, paper=wanted.paper)

    def _deal(self, prepared: Prepared) -> None:
        workers, runner = self._workers(), self.environment.runner
        self._collected = Collected(prepared.run, workers)
        for worker, deal in zip(workers, prepared.deals(len(workers)), strict=True):
            if isinstance(runner, MasterRunner):
                runner.send_message(DEAL, {JSON: msgspec.json.encode(deal)}, worker)
            else:
                CREW.open(deal)

    def _workers(self) -> list[str]:
        runner = self.environment.runner
        return list(runner.clients) if isinstance(runner, MasterRunner) else [ONLY]

    # --- while it runs ------------------------------------------------------------------------

    def elapsed_s(self) -> float:
        """Since the run began; below 0 while it is prepared."""
        if self.prepared is None:
            return -1.0
        return time.time() - self.prepared.began_here_ms / 1_000

    def over(self) -> bool:
        """Whether everybody should go home."""
        if self.failed:
            return True
        return self.prepared is not None and self.elapsed_s() >= self.prepared.schedule.ends_s

    def measured(self) -> Rows:
        """All figures until now."""
        distributed = isinstance(self.environment.runner, MasterRunner)
        return self._collected.rows() if distributed else CREW.measured()

    def _look(self, before: Rows) -> tuple[str, Rows]:
        rows, runner = self.measured(), self.environment.runner
        return said(self.elapsed_s(), runner.user_count if runner else 0, rows, before), rows

    def reported(self, client_id: str, data: dict[str, Any]) -> None:
        """A worker's report has come."""
        if FIGURES in data:
            self._collected.report(client_id, data[FIGURES])

    def handed_in(self, message: Any) -> None:
        """A worker's last word has come."""
        self._collected.hand_in(message.node_id, message.data[JSON])

    # --- the end ------------------------------------------------------------------------------

    def stop(self) -> None:
        """Everybody has gone home, or is told to: collect, judge, say."""
        prepared, wanted = self.prepared, self.wanted
        if self._progress is not None:
            self._progress.stop()
        if prepared is None or wanted is None:
            return
        self.prepared = None
        seconds = time.time() - prepared.began_here_ms / 1_000
        self._collect()
        run = Run(prepared, self._collected.handed, seconds, len(self._collected.missing))
        run.stopped_early = seconds < prepared.schedule.ends_s - EARLY_S
        print("comparing what was acknowledged with the export ...", file=sys.stderr)
        result = judge(run, wanted)
        self.environment.process_exit_code = exit_code(result)
        self._show(result, wanted)

    def _collect(self) -> None:
        runner = self.environment.runner
        if not isinstance(runner, MasterRunner):
            short = bool(runner and runner.cpu_warning_emitted)
            handed = msgspec.json.encode(CREW.hand_in(short_of_cpu=short))
            self._collected.hand_in(ONLY, handed)
            return
        for worker in self._collected.missing:
            if worker in runner.clients:
                runner.send_message(GO_HOME, None, worker)
        self._collected.wait(HAND_IN_WITHIN_S)

    def _show(self, result: Outcome, wanted: Options) -> None:
        """The table, the file, and rows of locust's own so that its page and files have them."""
        for name in ("lost", "duplicates", "late", "commands", "unacked"):
            found = getattr(result.correct, name)
            fire(self.environment, Measure("CHECK", name, None, f"{found} found" if found else ""))
        if wanted.result:
            Path(wanted.result).write_bytes(msgspec.json.encode(result))
        if wanted.table:
            print(table(result), flush=True)


class Player:
    """The conductor of a worker: takes its deal, hands in when all have gone home."""

    def __init__(self, environment: Environment, runner: WorkerRunner) -> None:
        self._environment = environment
        self._runner = runner
        self._handed = ""
        environment.process_exit_code = 0  # the master judges

    def dealt(self, message: Any) -> None:
        """A run begins."""
        CREW.open(msgspec.json.decode(message.data[JSON], type=Deal))

    def go_home(self) -> None:
        """A master that quits tells nobody to stop before it has stopped itself."""
        self._runner.stop()

    def report(self, data: dict[str, Any]) -> None:
        """Into locust's own report."""
        data[FIGURES] = msgspec.json.encode(CREW.measured())

    def stop(self) -> None:
        """All have gone home: hand in, once for each run."""
        deal = CREW.deal
        if deal is None or deal.run == self._handed:
            return
        self._handed = deal.run
        handed = CREW.hand_in(short_of_cpu=self._runner.cpu_warning_emitted)
        self._runner.send_message(HANDED, {JSON: msgspec.json.encode(handed)})


class LoadFailure(Exception):
    """How a failure looks to locust."""


def fire(environment: Environment, measure: Measure) -> None:
    """Let locust's own statistics, page and files know."""
    environment.events.request.fire(  # type: ignore[no-untyped-call]
        request_type=measure.kind,
        name=measure.name,
        response_time=measure.ms,
        response_length=measure.size,
        exception=LoadFailure(measure.error) if measure.error else None,
        context={},
    )


def failed_task(exception: Exception) -> None:
    """A user's task has raised: locust logs that and goes on; here it is a failure."""
    CREW.tell(Measure(OURS, "task", error=f"{type(exception).__name__}: {exception}"))


def end_with(parent: int) -> None:
    """End, whatever we do, when the process that started us has ended."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(NOT_RUN)

    threading.Thread(target=look, daemon=True).start()
