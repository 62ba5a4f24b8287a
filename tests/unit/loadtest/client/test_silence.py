"""Silence is what lasts while something is awaited."""

from loadtest.client.silence import SILENCE_MAX_MS, Silence


def test_it_counts_from_the_first_thing_that_was_asked() -> None:
    silence = Silence()
    silence.asked(1_000)
    silence.asked(5_000)
    assert silence.ends_at == 1_000 + SILENCE_MAX_MS
    assert not silence.too_long(1_000 + SILENCE_MAX_MS - 1)
    assert silence.too_long(1_000 + SILENCE_MAX_MS)


def test_without_a_question_there_is_none() -> None:
    silence = Silence()
    assert silence.ends_at is None
    assert not silence.too_long(1_000_000)


def test_any_word_ends_it_and_the_next_question_begins_anew() -> None:
    silence = Silence()
    silence.asked(0)
    silence.heard()
    assert not silence.too_long(1_000_000)
    silence.asked(2_000_000)
    assert silence.ends_at == 2_000_000 + SILENCE_MAX_MS
