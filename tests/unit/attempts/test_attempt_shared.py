"""What many candidates say alike is in memory once, and says the same as before."""

from typing import Any

import msgspec
import pytest

from examsync.attempts.attempt import (
    SHARED_CHARS_MAX,
    Attempt,
    Held,
    apply,
    held,
    standing,
    tight,
)
from examsync.attempts.store import all_fields, parse
from protocol.facts import Fact
from protocol.paper import Response
from tests.builders import fact, running, saved

OWN = "a" * (SHARED_CHARS_MAX + 1)
RESPONSES: list[Response] = ["option-2", ["option-1", "option-3"], [], True, 98.6, None, OWN]


def answered(candidate: str, response: Response) -> Attempt:
    """An attempt with one answer, as it came over the wire: nothing of it is anybody else's."""
    of = running(candidate=candidate)
    wire = msgspec.json.encode(fact(of, saved("a-question", 1, response)))
    return apply(of, msgspec.json.decode(wire, type=Fact))


def read_again(of: Attempt) -> Attempt:
    """The attempt from what stands in Redis."""
    flat = [each.encode() if isinstance(each, str) else each for each in all_fields(of)]
    return parse(of.id, of.epoch, dict(zip(flat[::2], flat[1::2], strict=True)))


def parts(of: Attempt) -> list[Any]:
    """The objects that two answers alike have in common."""
    ((item, held),) = of.responses.items()
    response = held.response
    return [item, held.lease, held.digest, *(response if isinstance(response, list) else [])]


@pytest.mark.parametrize("response", RESPONSES)
def test_what_is_held_is_what_was_answered(response: Response) -> None:
    of = answered("asha", response)
    held = of.responses["a-question"]
    body = saved("a-question", 1, response)
    assert (held.response, held.digest, held.version) == (response, body.digest, (body.lease, 1))
    assert type(held.response) is type(response)
    assert read_again(of) == of


@pytest.mark.parametrize("response", RESPONSES[:5])
def test_two_who_say_the_same_hold_the_same_objects(response: Response) -> None:
    one, other = answered("asha", response), read_again(answered("ravi", response))
    assert all(a is b for a, b in zip(parts(one), parts(other), strict=True))
    if isinstance(response, str):
        assert one.responses["a-question"].response is other.responses["a-question"].response


def test_a_text_of_ones_own_is_not_kept_for_others() -> None:
    one, other = answered("asha", OWN), answered("ravi", OWN)
    assert one.responses["a-question"].response is not other.responses["a-question"].response
    assert one.responses["a-question"].digest is not other.responses["a-question"].digest


def test_nothing_is_lost_of_an_answer_that_was_read() -> None:
    held = Held("lease", 7, "digest", ["x"], 1_000, late=True, flag=True, spent_ms=5)
    assert tight(held) == held


@pytest.mark.parametrize("response", RESPONSES)
def test_what_is_written_is_what_is_held(response: Response) -> None:
    body = saved("a-question", 3, response, late=True, flag=True, spent_ms=7)
    assert msgspec.json.encode(standing(body)) == msgspec.json.encode(held(body))
