"""What the command says of a failing seed: the least that still fails, and how to run it again."""

import io
import re

import pytest

from tests.simulation import hunt, shrink
from tests.simulation.hunt import Caught
from tests.simulation.runner import main

pytestmark = pytest.mark.simulation

AGAIN = re.compile(r"again: python -m tests\.simulation (.*)")


def said(*words: str) -> tuple[int, str]:
    """Exit code and output of the command."""
    out = io.StringIO()
    return main(list(words), out), out.getvalue()


def test_a_failing_seed_is_shrunk_and_told_with_the_command_that_runs_it_again() -> None:
    code, text = said("--heavy", "--mutant", "any_order", "--seeds", "80", "--first")
    assert code == 1
    told = AGAIN.search(text)
    assert told is not None
    assert "--without" in told[1]
    assert "does not build on the one before" in text
    code, again = said(*told[1].split())
    assert code == 1
    assert len(again.splitlines()) < 40
    assert "! " in again


def test_with_every_guard_on_the_same_seeds_hold() -> None:
    code, text = said("--heavy", "--seeds", "12", "--json")
    assert code == 0
    assert '"failed":[]' in text.replace(" ", "")
    assert "redis save.lua" in text


def test_a_plan_without_some_of_its_events_has_all_the_others() -> None:
    whole = shrink.planned(5, heavy=True)
    assert whole.strikes
    last = len(whole.events) + len(whole.strikes) - 1
    less = shrink.planned(5, heavy=True, without=[0, last])
    assert less.events == whole.events[1:]
    assert less.strikes == whole.strikes[:-1]


def test_violations_are_of_one_kind_whatever_names_and_numbers_are_in_them() -> None:
    one = shrink.kind_of("durable lied: q3 ('1700-ab', 1) was dropped and is not in Postgres")
    assert one == shrink.kind_of(
        "durable lied: q1 ('1999-cd', 7) was dropped and is not in Postgres"
    )
    assert one != shrink.kind_of("not quiet: d00 closed holds [('join', 1)]")
    assert shrink.kind_of("") == ""


def test_a_guard_that_is_missed_is_told_with_the_seed_and_with_what_breaks() -> None:
    caught = hunt.hunted(("finish_before_commit", 60))
    assert caught.found
    assert caught.broke
    assert caught.broke[:90] in hunt.line(caught, 30)  # a row of a table has so much room
    assert "never forgets" in hunt.line(Caught("orphans_wait", None, None, ""), 30)
    assert hunt.told("defect: Traceback\n  File\nKeyError: 'x'\n") == "KeyError: 'x'"
