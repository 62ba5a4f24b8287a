"""Metrics: how they are named, and that several real processes add up."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client import Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from examsync import __version__
from examsync.infra import metrics
from examsync.infra.metrics_folder import forget_process

DECLARED = {
    name: value for name, value in vars(metrics).items() if isinstance(value, MetricWrapperBase)
}
LABELS = {
    "code",
    "event",
    "how",
    "kind",
    "loop",
    "machine",
    "namespace",
    "outcome",
    "partition",
    "python",
    "sweep",
    "type",
    "version",
}
"""Each has a handful of values; `type` those of `EventType`."""
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(page: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((f"examsync_{name}", frozenset(labels.items())))


@pytest.mark.parametrize("metric", DECLARED.values(), ids=DECLARED)
def test_every_metric_has_our_prefix_a_base_unit_a_sentence_and_small_labels(
    metric: MetricWrapperBase,
) -> None:
    (described,) = metric.describe()
    assert re.fullmatch(r"examsync_[a-z_]+", described.name)
    assert not re.search(r"_(ms|millis|minutes|kb|percent)(_|$)", described.name)
    assert described.documentation.endswith(".")
    assert set(metric._labelnames) <= LABELS
    if isinstance(metric, Histogram):
        assert described.name.endswith(("_seconds", "_size"))


@pytest.mark.parametrize(
    "metric", [one for one in DECLARED.values() if isinstance(one, Gauge)], ids=str
)
def test_a_gauge_has_a_label_and_lives_no_longer_than_its_process(metric: Gauge) -> None:
    assert metric._labelnames
    assert metric._multiprocess_mode.startswith("live")


def test_one_process_shows_its_own_figures_and_what_runs() -> None:
    metrics.EVENTS.labels("heartbeat", "ok").inc(3)
    found = samples(metrics.render().decode())
    assert (value(found, "events_total", event="heartbeat", outcome="ok") or 0) >= 3
    python = ".".join(map(str, sys.version_info[:3]))
    assert value(found, "build_info", version=__version__, python=python) == 1
    assert ("process_open_fds", frozenset()) in found


def test_acks_are_measured_from_a_millisecond_to_five_seconds() -> None:
    metrics.ACK_SECONDS.labels("answer").observe(0.0015)
    found = samples(metrics.render().decode())
    edges = sorted(
        float(dict(labels)["le"])
        for name, labels in found
        if name == "examsync_ack_seconds_bucket" and ("event", "answer") in labels
    )
    assert edges[0] == 0.001
    assert edges[-2:] == [5.0, float("inf")]


COUNT = """
import sys
from examsync.infra import metrics

n = int(sys.argv[1])
metrics.EVENTS.labels("answer", "ok").inc(n)
metrics.FLUSH_FACTS.inc(n)
metrics.CONNECTIONS.labels("exam").set(n)
metrics.MACHINE_UP.labels("redis").set(n > 1)
metrics.MACHINE_UP.labels("postgres").set(1)
metrics.BACKLOG_FACTS.labels("0").set(n)
for took in (0.0015, 0.3):
    metrics.ACK_SECONDS.labels("answer").observe(took)
print("counted", flush=True)
sys.stdin.readline()
"""
IDLE = "from examsync.infra import metrics"
RENDER = "from examsync.infra import metrics; import sys; sys.stdout.buffer.write(metrics.render())"


def start(code: str, folder: Path, *args: str) -> subprocess.Popen[str]:
    folder.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "-c", code, *args],
        env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def counting(folder: Path, n: int) -> subprocess.Popen[str]:
    process = start(COUNT, folder, str(n))
    assert process.stdout is not None
    assert process.stdout.readline() == "counted\n"
    return process


def rendered(folder: Path) -> Samples:
    page, _ = start(RENDER, folder).communicate(timeout=60)
    return samples(page)


def test_several_real_processes_add_up(tmp_path: Path) -> None:
    serve, work = tmp_path / "serve", tmp_path / "work"
    first, second, third = counting(serve, 1), counting(serve, 2), counting(work, 4)
    start(IDLE, serve).communicate(timeout=60)
    found = rendered(serve)
    assert value(found, "events_total", event="answer", outcome="ok") == 7
    assert value(found, "flush_facts_total") == 7
    assert value(found, "connections", namespace="exam") == 7
    assert value(found, "machine_up", machine="redis") == 0
    assert value(found, "machine_up", machine="postgres") == 1
    assert value(found, "backlog_facts", partition="0") == 4
    assert value(found, "ack_seconds_count", event="answer") == 6
    assert value(found, "ack_seconds_bucket", event="answer", le="0.002") == 3
    assert value(found, "ack_seconds_bucket", event="answer", le="5.0") == 6
    assert rendered(work) == found

    first.communicate("", timeout=60)
    forget_process(serve, first.pid)
    found = rendered(serve)
    assert value(found, "connections", namespace="exam") == 6
    assert value(found, "machine_up", machine="redis") == 1
    assert value(found, "events_total", event="answer", outcome="ok") == 7
    for process in (second, third):
        process.communicate("", timeout=60)
