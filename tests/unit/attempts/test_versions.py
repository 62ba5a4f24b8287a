"""Versions of a mapping: each is what a dict would be that had been copied for every change."""

import gc
import weakref

from hypothesis import given
from hypothesis import strategies as st

from examsync.attempts.versions import Versions

KEYS = st.sampled_from("abcdef")
STEPS = st.lists(st.tuples(st.integers(0, 30), KEYS, st.integers(0, 9), st.booleans()), max_size=30)


@given(STEPS)
def test_every_version_stays_as_it_was_made_from_whichever_and_read_whenever(
    steps: list[tuple[int, str, int, bool]],
) -> None:
    versions, copies = [Versions({"a": 0, "b": 1})], [{"a": 0, "b": 1}]
    for one, key, value, read in steps:
        at = one % len(versions)  # mostly not the newest
        versions.append(versions[at].having(key, value))
        copies.append({**copies[at], key: value})
        if read:
            assert versions[at] == copies[at]
    for version, copy in zip(versions, copies, strict=True):
        assert list(version.items()) == list(copy.items()), "in the same order too"
        assert (list(version), len(version)) == (list(copy), len(copy))
        assert {key: version.get(key) for key in "abcdef"} == {
            key: copy.get(key) for key in "abcdef"
        }


def test_a_change_copies_nothing_and_the_older_version_reads_as_before() -> None:
    values = {"a": 1}
    first = Versions(values)
    second = first.having("b", 2)
    third = second.having("a", 3)
    assert values == {"a": 3, "b": 2}, "the dict went with the newest"
    seen = [dict(first), dict(second), dict(third)]
    assert seen == [{"a": 1}, {"a": 1, "b": 2}, {"a": 3, "b": 2}]
    assert "b" not in first
    assert first != second


def test_an_old_version_goes_when_nobody_holds_it_without_the_collector() -> None:
    class Value:
        pass

    gc.disable()
    try:
        old = Value()
        gone = weakref.ref(old)
        before = Versions({"a": old})
        after = before.having("a", Value())
        del old
        assert gone() is not None
        del before
        assert gone() is None
        assert list(after) == ["a"]
    finally:
        gc.enable()
