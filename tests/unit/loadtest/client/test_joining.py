"""There is one join at most; it keeps its id until it is durable, and names what is known."""

import itertools

from loadtest.client.entry import Phase
from loadtest.client.joining import join, known, name_epoch
from loadtest.client.outbox import Outbox

NUMBERS = itertools.count(1)


def make_id() -> str:
    return f"id-{next(NUMBERS)}"


def test_a_repeated_join_keeps_its_id() -> None:
    """Under a new one it could take the attempt back from a device that took over meanwhile."""
    outbox = Outbox()
    join(outbox, "e", make_id, 0)
    before = outbox.entries[0].body["id"]
    outbox.acked(outbox.entries[0].stamp, (1, 1), "r")
    join(outbox, "e", make_id, 50)
    (entry,) = outbox.entries
    assert (entry.body["id"], entry.phase, entry.not_before) == (before, Phase.WAITING, 50)
    assert entry.payload()["receipt"] == "r"


def test_a_join_that_is_durable_is_followed_by_one_of_its_own() -> None:
    outbox = Outbox()
    join(outbox, "e", make_id, 0)
    before = outbox.entries[0].body["id"]
    outbox.acked(outbox.entries[0].stamp, (1, 1), "r")
    outbox.durable((1, 1))
    join(outbox, "e", make_id, 0)
    assert outbox.entries[0].body["id"] != before


def test_a_join_on_its_way_is_left_alone() -> None:
    outbox = Outbox()
    join(outbox, "e", make_id, 0)
    outbox.entries[0].phase = Phase.IN_FLIGHT
    join(outbox, "e", make_id, 0)
    assert outbox.entries[0].phase is Phase.IN_FLIGHT


def test_it_names_the_lease_and_rev_that_are_known_when_it_goes() -> None:
    outbox = Outbox()
    join(outbox, "e", make_id, 0)
    assert known(outbox, outbox.entries[0]) == {}
    outbox.relet("L2", 0)
    assert known(outbox, outbox.entries[0]) == {"lease": "L2"}
    outbox.acked(outbox.entries[0].stamp, (1, 7), "r")
    assert known(outbox, outbox.entries[0]) == {"lease": "L2", "rev": (1, 7)}


def test_it_names_an_epoch_that_was_heard_of_and_in_which_nothing_was_acked_yet() -> None:
    outbox = Outbox()
    join(outbox, "e", make_id, 0)
    outbox.acked(outbox.entries[0].stamp, (1, 7), "r")
    outbox.learn_epoch(3, 0)
    assert known(outbox, outbox.entries[0]) == {"rev": (3, 0)}


def test_taking_over_on_purpose_is_a_new_join_that_names_no_lease() -> None:
    outbox = Outbox()
    join(outbox, "e", make_id, 0)
    outbox.relet("L2", 0)
    before = outbox.entries[0].body["id"]
    join(outbox, "e", make_id, 0, anew=True)
    (entry,) = outbox.entries
    assert entry.body["id"] != before
    assert known(outbox, entry) == {}
    outbox.learn_epoch(2, 0)
    assert known(outbox, entry) == {"rev": (2, 0)}


def test_a_take_over_that_was_granted_names_its_lease_when_it_goes_again() -> None:
    """It would take the attempt back by itself from whoever was given it since."""
    outbox = Outbox()
    outbox.relet("L1", 0)
    join(outbox, "e", make_id, 0, anew=True)
    (entry,) = outbox.entries
    outbox.relet("L2", 0)
    outbox.acked(entry.stamp, (1, 7), "r")
    outbox.learn_epoch(2, 0)
    assert known(outbox, entry) == {"lease": "L2", "rev": (2, 0)}


def test_a_server_in_an_older_epoch_than_was_heard_of_is_told_by_a_new_join() -> None:
    outbox = Outbox()
    outbox.learn_epoch(4, 0)
    name_epoch(outbox, "e", make_id, (3, 8), 50)
    (entry,) = outbox.entries
    assert (entry.event, entry.not_before) == ("join", 50)
    assert known(outbox, entry) == {"rev": (4, 0)}


def test_one_in_the_epoch_that_was_heard_of_is_told_nothing_and_no_join_is_put_off() -> None:
    outbox = Outbox()
    outbox.learn_epoch(4, 0)
    name_epoch(outbox, "e", make_id, (4, 1), 50)
    assert outbox.entries == []
    join(outbox, "e", make_id, 10)
    name_epoch(outbox, "e", make_id, (3, 8), 50)
    assert [entry.not_before for entry in outbox.entries] == [10]
