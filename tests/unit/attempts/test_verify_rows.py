"""Every change to what came of the facts is found: the row, its responses, its commands."""

import msgspec
import pytest
from msgspec import structs

from tests.unit.attempts.evidences import AFTER, WHOLE, findings


def test_a_row_that_ends_elsewhere_is_found() -> None:
    assert findings(structs.replace(WHOLE, head="x")) == [
        (11, "the row's head is not the hash of the last fact")
    ]
    assert findings(structs.replace(WHOLE, n=10)) == [(11, "the row ends before it, at 10")]
    assert findings(structs.replace(WHOLE, n=13))[0] == (12, "facts 12 to 13 are missing")
    assert findings(structs.replace(WHOLE, epoch=0)) == [
        (11, "the row is of epoch 0, its last fact of 1")
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [("incident_ms", 60_000), ("state", "terminated"), ("closed_at", 1), ("lease", "x")],
)
def test_a_changed_core_is_found(name: str, value: object) -> None:
    core = structs.replace(AFTER.core, **{name: value})
    changed = structs.replace(WHOLE, core=msgspec.json.encode(core).decode())
    assert findings(changed) == [(11, f"the row's core is not what the facts say: {name}")]


def test_a_core_that_cannot_be_read_is_found() -> None:
    for text in ("", "[]", '{"state":"nowhere"}'):
        ((n, what),) = findings(structs.replace(WHOLE, core=text))
        assert (n, what[:42]) == (11, "the row's core is not what the facts say: ")


@pytest.mark.parametrize("name", ["state", "started_at", "closed_at", "closes"])
def test_a_changed_row_is_found(name: str) -> None:
    changed = structs.replace(WHOLE, columns={**WHOLE.columns, name: None})
    assert findings(changed) == [(11, f"the row is not what the facts say: {name}")]


def test_a_changed_added_or_removed_response_is_found() -> None:
    stands = WHOLE.responses["q5"]
    for response in (
        structs.replace(stands, response="Au"),
        structs.replace(stands, late=True),
        structs.replace(stands, seq=1),
    ):
        changed = structs.replace(WHOLE, responses={**WHOLE.responses, "q5": response})
        assert findings(changed) == [(6, "the response of q5 is not what the facts say")]
    added = structs.replace(WHOLE, responses={**WHOLE.responses, "q6": stands})
    assert findings(added) == [(0, "the response of q6 is not what the facts say")]
    removed = structs.replace(WHOLE, responses={"q5": stands})
    assert findings(removed) == [(7, "the response of q1 is not what the facts say")]


def test_a_changed_added_or_removed_command_is_found() -> None:
    ids = list(WHOLE.commands)
    one = WHOLE.commands[ids[1]]
    changed = {**WHOLE.commands, ids[1]: structs.replace(one, effect="{}")}
    what = f"the command {ids[1]} is not what the facts say"
    assert findings(structs.replace(WHOLE, commands=changed)) == [(2, what)]
    removed = {id_: each for id_, each in WHOLE.commands.items() if id_ != ids[1]}
    assert findings(structs.replace(WHOLE, commands=removed)) == [(2, what)]
    added = structs.replace(WHOLE, commands={**WHOLE.commands, "x": one})
    assert findings(added) == [(0, "the command x is not what the facts say")]
