"""The schemas say what the wire does, and nothing that a candidate must not read."""

from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from protocol.messages import Said, Speaker, messages
from protocol.schema import DIALECT, components, documents, reachable

DOCUMENTS = documents(messages())
FORBIDDEN = {
    "correct",
    "score_key",
    "answer_key",
    "key",
    "explanation",
    "grading",
    "solution",
    "feedback",
    "marks_awarded",
}


def to_candidates() -> list[Said]:
    spoken = (Speaker.ACK, Speaker.SERVER)
    return [s for s in messages() if s.channel in ("exam", "connect") and s.speaker in spoken]


def properties(schema: Any) -> set[str]:
    """Every property name anywhere in a schema."""
    if isinstance(schema, list):
        return set().union(*(properties(child) for child in schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    own = set(schema.get("properties", {}))
    return own.union(*(properties(child) for child in schema.values()))


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_schema_is_a_valid_schema_that_needs_no_other_file(path: str) -> None:
    document = DOCUMENTS[path]
    Draft202012Validator.check_schema(document)
    assert document["$schema"] == DIALECT
    assert reachable([document], document.get("$defs", {}), "#/$defs/") == set(
        document.get("$defs", {})
    )


def test_names_are_unique_so_that_no_schema_is_named_after_its_module() -> None:
    _, named = components(messages(), "{name}")
    assert [name for name in named if "." in name] == []


@pytest.mark.parametrize("said", to_candidates(), ids=lambda said: said.path)
def test_nothing_that_candidates_hear_has_a_field_for_the_right_answer(said: Said) -> None:
    names = properties(DOCUMENTS[said.path])
    assert names
    assert names & FORBIDDEN == set()


def test_the_walk_would_find_a_forbidden_field_deep_inside() -> None:
    class Leaky(msgspec.Struct):
        correct: str

    class Outer(msgspec.Struct):
        items: dict[str, list[Leaky]]

    said = Said("exam", Speaker.SERVER, "leak", "leak", Outer)
    assert properties(documents([said])["exam/server/leak"]) & FORBIDDEN == {"correct"}


def test_ok_is_a_constant_that_is_always_there() -> None:
    _, named = components(messages(), "{name}")
    assert named["AnswerAck"]["properties"]["ok"] == {"const": True}
    assert "ok" in named["AnswerAck"]["required"]
    assert named["Refused"]["properties"]["ok"] == {"const": False}
    assert named["AnswerResult"]["properties"]["ok"] == {"type": "boolean"}


def test_what_the_server_always_sends_is_required_and_what_clients_may_omit_is_not() -> None:
    _, named = components(messages(), "{name}")
    assert "reason" in named["Closed"]["required"]
    assert named["Answer"]["required"] == ["seq", "item", "response"]
    assert "receipt" not in named["Joined"]["required"]


def test_unknown_fields_are_allowed_so_that_levels_can_differ() -> None:
    answer = {"seq": 1, "item": "q1", "response": "b", "mood": "calm"}
    Draft202012Validator(DOCUMENTS["exam/client/answer"]).validate(answer)


def test_limits_are_in_the_schema() -> None:
    validator = Draft202012Validator(DOCUMENTS["exam/client/answer"])
    assert not validator.is_valid({"seq": 0, "item": "q1", "response": None})
    assert not validator.is_valid({"seq": 1, "item": "no spaces", "response": None})


def test_members_of_a_union_are_told_apart_by_a_constant_and_not_by_openapi() -> None:
    _, named = components(messages(), "{name}")
    assert set(named["Fact"]["properties"]["body"]) == {"anyOf"}
    assert named["Started"]["properties"]["kind"] == {"const": "started"}
