"""Hangs a run into locust's events, and lets locust's own clockwork spawn and stop the users."""

import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from locust import LoadTestShape, events
from locust.env import Environment
from locust.event import EventHook
from locust.runners import MasterRunner, WorkerRunner

from loadtest.office import OfficeError
from loadtest.swarm import options
from loadtest.swarm.collecting import DEAL, GO_HOME, HANDED
from loadtest.swarm.conductor import NOT_RUN, Conductor, Player, end_with, failed_task, fire
from loadtest.swarm.users import CREW

CONDUCTORS: list[Conductor] = []
"""None in a worker, else one: locust makes the shape before there is a runner to ask."""


class Exam(LoadTestShape):
    """All are spawned by the time the shape says; all go home when the run is over."""

    def tick(self) -> tuple[int, float] | None:
        """How many users, and how many more a second; None ends the run."""
        conductor = CONDUCTORS[0]
        given = conductor.environment.parsed_options
        if conductor.over():
            return None
        wanted = options.options(given)
        users = wanted.candidates + wanted.examiners
        return users, wanted.schedule.spawn_rate(users)


def register() -> None:
    """Once, by the locustfile."""
    listen(events.init_command_line_parser, options.add)
    listen(events.init, begin)


def listen(hook: EventHook, listener: Callable[..., Any]) -> None:
    """Be told. Locust swallows what a listener raises: ours raise nothing they can help."""
    hook.add_listener(listener)  # type: ignore[no-untyped-call]


def begin(environment: Environment, **_: Any) -> None:
    """There is a runner."""
    CREW.listeners.append(lambda measure: fire(environment, measure))
    listen(environment.events.user_error, lambda exception, **_: failed_task(exception))
    runner, given = environment.runner, environment.parsed_options
    if given is not None and given.parent:
        end_with(os.getppid() if isinstance(runner, WorkerRunner) else given.parent)
    if isinstance(runner, WorkerRunner):
        play(environment, runner)
    else:
        conduct(environment)


def play(environment: Environment, runner: WorkerRunner) -> None:
    """The listeners of a worker."""
    player, hooks = Player(environment, runner), environment.events
    runner.register_message(DEAL, lambda msg, **_: player.dealt(msg))
    runner.register_message(GO_HOME, lambda **_: player.go_home(), concurrent=True)
    listen(hooks.report_to_master, lambda data, **_: player.report(data))
    listen(hooks.test_stop, lambda **_: player.stop())


def conduct(environment: Environment) -> None:
    """The listeners of a master, or of the only process."""
    conductor, hooks = Conductor(environment), environment.events
    try:
        conductor.look_at_options()
    except (options.BadOption, OfficeError) as error:
        print(f"loadtest: {error}", file=sys.stderr)
        sys.exit(NOT_RUN)
    CONDUCTORS.append(conductor)
    given = environment.parsed_options
    if given is not None and given.no_table:  # who wants our table for himself wants none of these
        logging.getLogger("locust.stats_logger").disabled = True
    listen(hooks.test_start, lambda **_: conductor.start())
    listen(hooks.test_stop, lambda **_: conductor.stop())
    if isinstance(environment.runner, MasterRunner):
        listen(hooks.worker_report, conductor.reported)
        environment.runner.register_message(HANDED, lambda msg, **_: conductor.handed_in(msg))
