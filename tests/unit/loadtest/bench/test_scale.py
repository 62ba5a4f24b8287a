"""What is held follows from the figures, and the page that is checked in from the baselines."""

from pathlib import Path

import pytest
from msgspec import structs

from examsync.config import Config
from loadtest.bench.__main__ import BASELINE, REACHED, kept, read, scaled, write
from loadtest.bench.reach.result import Reached
from loadtest.bench.reach.row import Measured
from loadtest.bench.result import Result
from loadtest.bench.scale import (
    COMMITS,
    CPU,
    FLUSHER,
    JOINS,
    MEMORY,
    REDIS,
    SIZES,
    Assumed,
    Inputs,
    first,
    limits,
    per_second_us,
    two_figures,
)
from loadtest.bench.scalefigures import inputs_of
from loadtest.bench.scalepage import CONNECTIONS_MAX, page
from tests.unit.loadtest.bench.windows import HERE

SCALE = Path("loadtest/bench/SCALE.md")
GIVEN = Inputs(
    answer_us=100.0,
    answer_from="made up",
    beat_us=5.0,
    some_kb=10.0,
    all_kb=30.0,
    empty_mb=72.0,
    join_us=1_200.0,
    redis_us=40.0,
    redis_from="made up",
    facts_per_s=20_000.0,
    kept_up_per_s=11_000.0,
)


def test_the_page_is_what_the_baselines_come_to(capsys: pytest.CaptureFixture[str]) -> None:
    again = "run: ./dev bench --scale > loadtest/bench/SCALE.md"
    assert scaled(BASELINE, REACHED) == 0
    assert SCALE.read_text() == capsys.readouterr().out, again


def test_each_resource_holds_what_is_usable_of_it_over_what_one_candidate_takes() -> None:
    found = limits(GIVEN, 1, Assumed())
    assert per_second_us(GIVEN, 1, Assumed()) == pytest.approx(10)  # 100 us / 20 s + 5 us
    assert found[CPU] == pytest.approx(60_000)  # 0.6 s / 10 us
    assert found[MEMORY] == pytest.approx((3 * 2**20 - 72 * 2**10) / 30)  # 0.75 of 4 GB
    assert found[REDIS] == pytest.approx(300_000)  # 0.6 s / 40 us * 20 s
    assert found[FLUSHER] == pytest.approx(240_000)  # 0.6 * 20,000/s * 20 s
    assert found[COMMITS] == pytest.approx(132_000)  # 0.6 * 11,000/s * 20 s
    assert found[JOINS] == pytest.approx(0.6e6 / 7)  # 1,200 us / 600 s + 5 us


def test_serving_cores_add_up_and_redis_and_the_flusher_stay_one() -> None:
    one, five = limits(GIVEN, 1, Assumed()), limits(GIVEN, 5, Assumed())
    assert {name: five[name] / one[name] for name in one} == pytest.approx(
        {CPU: 5, MEMORY: 5, REDIS: 1, FLUSHER: 1, COMMITS: 1, JOINS: 5}
    )


def test_what_more_processes_cost_counts_where_several_serve() -> None:
    dearer = structs.replace(GIVEN, more=0.2)
    assert limits(dearer, 1, Assumed())[CPU] == pytest.approx(60_000)
    assert limits(dearer, 2, Assumed())[CPU] == pytest.approx(2 * 0.6e6 / 11)


def test_what_the_flusher_adds_to_an_answer_counts_everywhere() -> None:
    told = structs.replace(GIVEN, durable_us=20.0)
    assert limits(told, 1, Assumed())[CPU] == pytest.approx(0.6e6 / 11)
    assert limits(told, 2, Assumed())[CPU] == pytest.approx(2 * 0.6e6 / 11)


def test_a_made_up_assumption_is_followed() -> None:
    assumed = Assumed()
    often = structs.replace(assumed, answer_s=structs.replace(assumed.answer_s, value=10.0))
    assert limits(GIVEN, 1, often)[CPU] == pytest.approx(40_000)
    assert limits(GIVEN, 1, often)[REDIS] == pytest.approx(150_000)


def test_the_smallest_gives_out_first() -> None:
    assert first(limits(GIVEN, 1, Assumed())) == CPU
    assert first(limits(GIVEN, 48, Assumed())) == COMMITS
    assert first(limits(structs.replace(GIVEN, redis_us=95.0), 48, Assumed())) == REDIS


@pytest.mark.parametrize(
    ("value", "told"), [(46_734.9, 46_000), (99_999, 99_000), (100, 100), (57.8, 57), (0.4, 0)]
)
def test_what_is_told_is_rounded_down_to_two_figures(value: float, told: int) -> None:
    assert two_figures(value) == told


def test_no_size_has_more_cores_than_its_machines() -> None:
    cores = {size.name: size.cores for size in SIZES}
    assert cores == {"one core": 1, "one machine": 8 - 3, "ten machines": 8 * (10 - 4)}


def test_the_page_names_what_holds_and_where_it_gives_out() -> None:
    lines = page(GIVEN).splitlines()
    assert "| server CPU | 60,000 | 300,000 | 2,800,000 |" in lines
    assert "| **holds** | **60,000** | **130,000** | **130,000** |" in lines
    assert (
        "| gives out first | server CPU | flusher with Postgres | flusher with Postgres |" in lines
    )
    assert any(
        line.startswith("- **flusher with Postgres** (first for one machine, ten") for line in lines
    )
    assert any(line.startswith("- **Redis thread**. One thread") for line in lines)
    assert "| an answer, two processes | not measured | two |" in lines


def test_remarks_of_rows_reach_the_page() -> None:
    assert "- joins: busy" in page(structs.replace(GIVEN, remarks=("joins: busy",)))


def test_the_page_tells_how_many_a_process_admits_as_the_settings_have_it() -> None:
    assert Config().limits.connections_max == CONNECTIONS_MAX
    assert Config().monitor.heartbeat_period_s == Assumed().beat_s.value


def test_without_baselines_it_is_said_what_to_measure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scaled(tmp_path / "bench.json", tmp_path / "reach.json") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "row memory: ./dev bench --reach memory --save" in said.err


def row(name: str, figure: float) -> Measured:
    return Measured(name, "what", figure, "unit", "goal", met=True)


def reached(*rows: Measured, made_at: str = "2026-01-01") -> Reached:
    return Reached(made_at, HERE, 1, list(rows))


def test_rows_measured_anew_take_the_place_of_their_own_and_others_stay() -> None:
    before = reached(row("growth", 1), row("idle", 2))
    found = reached(row("flush", 4), row("growth", 3), made_at="2026-02-02")
    saved = kept(before, found)
    assert [(each.name, each.figure) for each in saved.rows] == [
        ("growth", 3), ("idle", 2), ("flush", 4),
    ]  # fmt: skip
    assert saved.made_at == "2026-02-02"
    assert kept(None, found).rows == [row("growth", 3), row("flush", 4)]


def test_what_was_wrong_or_could_not_be_run_leaves_the_baseline_as_it_was() -> None:
    found = reached(row("growth", 3))
    found.wrong, found.not_run = {"growth": "an ack was lost"}, {"idle": "no core"}
    saved = kept(reached(row("growth", 1), row("idle", 2)), found)
    assert saved.rows == [row("growth", 1), row("idle", 2)]
    assert (saved.wrong, saved.not_run) == ({}, {})


def test_a_baseline_that_was_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "baseline" / "reach.json"
    assert read(path, Reached) is None
    write(reached(row("growth", 1)), path)
    assert read(path, Reached) == reached(row("growth", 1))


def test_the_baselines_have_every_figure() -> None:
    found = inputs_of(read(BASELINE, Result), read(REACHED, Reached))
    assert found.answer_us > 0
    assert found.all_kb > found.some_kb > 0
