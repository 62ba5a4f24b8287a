"""Figures are found in the baselines by name, and what is not there is named."""

import pytest
from msgspec import structs

from loadtest.bench.reach.result import Reached
from loadtest.bench.reach.row import Measured
from loadtest.bench.result import Result, summed
from loadtest.bench.scalefigures import MANY, Missing, inputs_of
from tests.unit.loadtest.bench.windows import HERE, PLAN, turn

ROWS = {
    "growth": Measured("growth", "", 7.0, "% more", "", met=True, also={MANY: 91.0}),
    "idle": Measured("idle", "", 12.0, "%", "", met=True, also={"heartbeats/s": 1_000.0}),
    "memory": Measured(
        "memory", "", 13.0, "KB", "", met=True,
        also={"with 90 answers each (a fifth gave them), KB": 38.0, "the empty server, MB": 70.0},
        remarks=["5,000 people, not 10,000"],
    ),
    "joins": Measured(
        "joins", "", 900.0, "joins/s", "", met=False,
        also={"from Redis: CPU us/join": 1_200.0, "from Postgres: CPU us/join": 2_800.0},
    ),
    "flush": Measured(
        "flush", "", 25_000.0, "facts/s", "", met=True, also={"facts/s by the clock": 11_000.0}
    ),
    "two": Measured("two", "", 8.0, "% more", "", met=True),
}  # fmt: skip


def bench() -> Result:
    made = summed(
        [turn("examsync", 1, 1.0)], {"examsync": "ours"}, PLAN,
        machine=HERE, cores=(0, 1), made_at="2026-01-01T00:00:00",
    )  # fmt: skip
    made.redis_us = {"1": 200.0, "32": 30.0}
    figures = made.contestants["examsync"].figures
    figures["closed.redis_us"] = structs.replace(figures["closed.cpu_us"], median=60.0)
    return made


def reach(*without: str) -> Reached:
    return Reached(
        "2026-01-02", HERE, 1, [row for name, row in ROWS.items() if name not in without]
    )


def test_every_figure_is_taken_from_its_row() -> None:
    found = inputs_of(bench(), reach())
    assert (found.answer_us, found.some_kb, found.all_kb, found.empty_mb) == (91, 13, 38, 70)
    assert (found.join_us, found.rejoin_us, found.facts_per_s) == (2_800, 1_200, 25_000)
    assert (found.kept_up_per_s, found.floor_us) == (11_000, 30)
    assert found.beat_us == pytest.approx(12)  # 12 % of a core, of 10,000 who beat every 10 s
    assert found.more == pytest.approx(0.08)
    assert found.remarks == ("memory: 5,000 people, not 10,000",)
    assert [line.split(":")[0] for line in found.made] == ["`bench.json`", "`reach.json`"]


def test_fewer_heartbeats_mean_fewer_people() -> None:
    half = structs.replace(ROWS["idle"], also={"heartbeats/s": 500.0})
    rows = [half if row.name == "idle" else row for row in reach().rows]
    found = inputs_of(bench(), structs.replace(reach(), rows=rows))
    assert found.beat_us == pytest.approx(24)


def test_a_save_is_taken_with_the_flusher_at_work_if_that_was_measured() -> None:
    assert inputs_of(bench(), reach()).redis_us == 60
    made = bench()
    made.plan = structs.replace(made.plan, flushing=(5_000,))
    figures = made.contestants["examsync"].figures
    figures["flushing.5000.redis_us"] = structs.replace(figures["closed.cpu_us"], median=75.0)
    found = inputs_of(made, reach())
    assert (found.redis_us, found.redis_from) == (75, "open loop, the flusher at work")


def test_what_the_flusher_adds_to_an_answer_is_the_difference_at_the_same_rate() -> None:
    assert inputs_of(bench(), reach()).durable_us is None
    made = bench()
    made.plan = structs.replace(made.plan, rates=(5_000,), flushing=(5_000,))
    figures = made.contestants["examsync"].figures
    figures["open.5000.cpu_us"] = structs.replace(figures["closed.cpu_us"], median=90.0)
    figures["flushing.5000.cpu_us"] = structs.replace(figures["closed.cpu_us"], median=97.0)
    assert inputs_of(made, reach()).durable_us == pytest.approx(7)
    figures["flushing.5000.cpu_us"] = structs.replace(figures["closed.cpu_us"], median=80.0)
    assert inputs_of(made, reach()).durable_us == 0


def test_without_growth_an_answer_is_what_it_is_beside_the_peers_and_that_is_said() -> None:
    found = inputs_of(bench(), reach("growth"))
    assert found.answer_us == pytest.approx(100)
    assert "row growth was never saved" in found.answer_from


def test_two_processes_are_never_taken_to_be_cheaper_and_may_be_unknown() -> None:
    cheaper = structs.replace(ROWS["two"], figure=-3.0)
    rows = [*reach("two").rows, cheaper]
    assert inputs_of(bench(), structs.replace(reach(), rows=rows)).more == 0
    assert inputs_of(bench(), reach("two")).more is None


def test_all_that_is_missing_is_named_with_how_to_measure_it() -> None:
    with pytest.raises(Missing) as missing:
        inputs_of(bench(), reach("idle", "flush"))
    assert str(missing.value).splitlines() == [
        "row idle: ./dev bench --reach idle --save",
        "row idle, figure heartbeats/s: ./dev bench --reach idle --save",
        "row flush: ./dev bench --reach flush --save",
        "row flush, figure facts/s by the clock: ./dev bench --reach flush --save",
    ]
    with pytest.raises(Missing, match=r"closed.redis_us of examsync: ./dev bench --save"):
        inputs_of(None, reach())
