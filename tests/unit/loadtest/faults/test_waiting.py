"""How long processes waited for a core is read off between any two times."""

import os
import sys
from collections.abc import Iterable

import pytest

from loadtest.faults import waiting
from loadtest.faults.waiting import Waiting, waited_s_of


class Machine:
    """What the kernel would say of each process."""

    def __init__(self) -> None:
        self.waited_s = {os.getpid(): 100.0, 1: 5.0, 2: 7.0}

    def of(self, pid: int) -> float:
        return self.waited_s[pid]

    def pids(self) -> Iterable[int]:
        return [pid for pid in self.waited_s if pid != os.getpid()]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine()
    monkeypatch.setattr(waiting, "waited_s_of", made.of)
    return made


def test_our_own_waiting_and_that_of_the_slowest_other_are_added_up(machine: Machine) -> None:
    seen = Waiting(machine.pids)
    seen.look(10.0)
    machine.waited_s = {os.getpid(): 100.5, 1: 5.25, 2: 8.0}
    seen.look(11.0)
    seen.look(12.0)
    machine.waited_s[1] = 6.25
    seen.look(13.0)
    assert seen.between(10.0, 11.0) == 1.5
    assert seen.between(11.0, 12.0) == 0.0
    assert seen.between(12.5, 12.7) == 1.0  # to the look before and the one after
    assert seen.between(0.0, 99.0) == 2.5


def test_before_the_first_look_nobody_has_waited(machine: Machine) -> None:
    assert Waiting(machine.pids).between(0.0, 9.0) == 0.0


def test_a_process_that_came_later_begins_with_nothing(machine: Machine) -> None:
    seen = Waiting(machine.pids)
    seen.look(1.0)
    machine.waited_s[3] = 500.0
    seen.look(2.0)
    assert seen.between(0.0, 9.0) == 0.0
    machine.waited_s[3] = 500.5
    seen.look(3.0)
    assert seen.between(2.0, 3.0) == 0.5


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_kernel_is_asked_and_knows_nothing_of_who_has_gone() -> None:
    assert waited_s_of(os.getpid()) >= 0.0
    assert waited_s_of(2**22 + 1) == 0.0
