"""When two rows of a bank are the same question, and when they say the same."""

from typing import Any

import msgspec

from examsync.bank.entry import Entry, content_id, digest, meaning_of
from examsync.bank.question import Question, choices
from tests import papers


def changed(question: Question, **fields: Any) -> Question:
    altered: Question = msgspec.structs.replace(question, **fields)
    return altered


def test_a_digest_changes_with_anything_that_is_said() -> None:
    entry = Entry(papers.single(), "Physics", "4", "1")
    others = [
        Entry(changed(papers.single(), stem="Another?"), "Physics", "4", "1"),
        Entry(changed(papers.single(), explanation=""), "Physics", "4", "1"),
        Entry(papers.single(right=1), "Physics", "4", "1"),
        Entry(papers.single(), "Chemistry", "4", "1"),
        Entry(papers.single(), "Physics", "3", "1"),
        Entry(papers.single(), "Physics", "4"),
    ]
    assert len({digest(one) for one in [entry, *others]}) == len(others) + 1
    assert digest(entry) == digest(Entry(papers.single(), "Physics", "4", "1"))


def test_correcting_the_key_keeps_the_made_id_and_rewording_does_not() -> None:
    question = papers.single()
    same = [
        papers.single(right=3),
        changed(question, explanation="!"),
        changed(question, topic="history", tags=("x",)),
        changed(question, stem="  Which is\nthe capital? "),
        papers.single(0, "Kolkata Delhi Chennai Mumbai"),
    ]
    assert {content_id(one) for one in same} == {content_id(question)}
    others = [
        changed(question, stem="Which was the capital?"),
        changed(question, language="hi"),
        changed(question, image="map.png"),
        papers.single(0, "Delhi Mumbai Chennai Pune"),
    ]
    assert len({content_id(one) for one in [question, *others]}) == 5


def test_each_kind_has_made_ids_of_its_own() -> None:
    same_stem = [changed(question, stem="?") for question in papers.every_kind()]
    assert len({content_id(question) for question in same_stem}) == 6


def test_the_order_of_options_is_no_part_of_the_meaning_but_of_the_digest() -> None:
    one, other = papers.multiple(), papers.multiple(texts="9 3 4 2")
    assert meaning_of(Entry(one)) == meaning_of(Entry(other))
    assert digest(Entry(one)) != digest(Entry(other))
    assert meaning_of(Entry(one)) != meaning_of(Entry(papers.multiple("2 9")))


def test_white_space_in_the_stem_is_no_part_of_the_meaning() -> None:
    spaced = changed(papers.true_false(), stem=" 7  is\r\nprime.")
    assert meaning_of(Entry(spaced)) == meaning_of(Entry(papers.true_false()))


def test_entries_survive_json() -> None:
    entry = Entry(changed(papers.single(), options=choices(["a", "b"]), answer="x"), "भाग १", "2/3")
    assert msgspec.json.decode(msgspec.json.encode(entry), type=Entry) == entry
