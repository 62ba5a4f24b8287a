"""People at a server: what the generator is told of them, and what its windows say."""

import msgspec
import pytest

from loadtest.bench.reach import seated
from loadtest.bench.rounds import Wrong
from tests.unit.loadtest.bench.windows import window


def item(id_: str, kind: str, options: list[str]) -> dict[str, object]:
    """An item of a paper, as the server tells an admin."""
    return {"item": id_, "question": {"kind": kind, "options": [{"id": o} for o in options]}}


def test_candidates_sit_in_the_exams_in_turns() -> None:
    found = [line.split("\t") for line in seated.lines(["ann", "bob", "cid"], ["x", "y"])]
    assert [(name, instance, exam.strip()) for name, _, instance, exam in found] == [
        ("ann", "device-ann", "x"),
        ("bob", "device-bob", "y"),
        ("cid", "device-cid", "x"),
    ]


def test_each_item_has_one_response_so_that_n_answers_are_n_items() -> None:
    items = [item("i1", "single_choice", ["a", "b"]), item("i2", "true_false", [])]
    paper = {"sections": [{"items": items[:1]}, {"items": items[1:]}]}
    assert seated.answers(seated.items_of(paper)) == ['i1\t"a"\n', "i2\ttrue\n"]


@pytest.mark.parametrize(
    ("capacity", "rate"), [(100_000.0, 5_000), (5_000.0, 3_500), (1_000.0, 700), (0.1, 1)]
)
def test_no_more_is_asked_for_than_a_machine_gives_nor_than_the_goals_speak_of(
    capacity: float, rate: int
) -> None:
    assert seated.affordable(capacity) == rate


def test_the_processor_time_of_all_serving_processes_counts_and_no_other() -> None:
    one = msgspec.structs.replace(
        window(),
        acked=1_000_000,
        cpu_s={"server": 1.0, "server1": 20.0, "server2": 21.0, "redis": 9},
    )
    assert seated.cpu_us(one) == pytest.approx(42.0)


@pytest.mark.parametrize("what", ["refused", "unanswered", "lost"])
def test_a_window_in_which_anything_went_wrong_is_no_result(what: str) -> None:
    assert seated.sound("all well", window()) == window()
    with pytest.raises(Wrong, match=r"growth: .* why"):
        seated.sound("growth", msgspec.structs.replace(window(), **{what: 1}, fault="why"))


def test_a_lower_rate_one_not_held_and_answers_put_off_are_remarked_on() -> None:
    assert seated.remarks([window()], seated.RATE) == []
    late = msgspec.structs.replace(window(acked=500, sent=1_000), put_off=3)
    said = seated.remarks([late], 4_000)
    assert len(said) == 3
    assert "asked for 4,000" in said[0]
    assert "held only 50%" in said[1]
    assert said[2].startswith("3 answers")
