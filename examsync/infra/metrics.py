"""Every metric, declared here and nowhere else; `render` gives the page Prometheus reads.

Prefix examsync_, base units, and no id in a label: each label has a handful of values. Whether
figures are kept in memory or shared between processes is decided when this module is imported,
by PROMETHEUS_MULTIPROC_DIR (see `metrics_folder`); shared, the import opens this process's files
there, which is a compromise with our rule against work at import.
"""

import os
import platform
from collections.abc import Callable, Iterable
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Metric,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from examsync import __version__

CONTENT_TYPE = CONTENT_TYPE_LATEST
Counting = Counter
Spreading = Histogram
"""What the metrics below are, for who gathers figures (`tallies`)."""
REGISTRY = CollectorRegistry()

_FAST_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_SLOW_S = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)


def _counter(name: str, says: str, *labels: str) -> Counter:
    return Counter(f"examsync_{name}", says, labels, registry=REGISTRY)


def _gauge(name: str, says: str, *labels: str, mode: str) -> Gauge:
    # Always with a label: a gauge without one shows 0 for each process that never set it.
    return Gauge(
        f"examsync_{name}",
        says,
        labels,
        registry=REGISTRY,
        multiprocess_mode=mode,  # type: ignore[arg-type]  # one of its literals
    )


def _histogram(name: str, says: str, *labels: str, buckets: Iterable[float] = _FAST_S) -> Histogram:
    return Histogram(f"examsync_{name}", says, labels, registry=REGISTRY, buckets=tuple(buckets))


# The door
CONNECTIONS = _gauge("connections", "Open connections.", "namespace", mode="livesum")
EVENTS = _counter("events_total", "Events that clients sent.", "event", "outcome")
"""`event`: its name, or "unknown". `outcome`: "ok" or a problem code."""
ACK_SECONDS = _histogram("ack_seconds", "From an event's arrival to its ack.", "event")
PROBLEMS = _counter("problems_total", "Problems told to anybody, by any way.", "code")
RESUMES = _counter("resumes_total", "Joins of candidates who had been there.", "kind")
SLOW_READERS_CUT = _counter("slow_readers_cut_total", "Connections cut for not reading.")

# The answer path
SAVES = _counter("saves_total", "Writes to Redis, by how they came out.", "outcome")
SAVE_BATCH_SIZE = _histogram(
    "save_batch_size", "Attempts written in one round trip.", buckets=_SIZES
)
ATTEMPTS_CLOSED = _counter("attempts_closed_total", "Attempts that ended.", "how")
DEADLINE_LATENESS_SECONDS = _histogram(
    "deadline_lateness_seconds", "How late the sweep closed an attempt.", buckets=_SLOW_S
)
ATTEMPTS_GRADED = _counter("attempts_graded_total", "Closed attempts that were graded.")
GRADING_FAILURES = _counter("grading_failures_total", "Attempts that could not be graded.")
SWEEPS = _counter("sweeps_total", "Turns of the sweeps.", "sweep")
EPOCHS = _counter("epochs_total", "Epochs begun: Redis lost or changed its data.")

# Redis to Postgres. Whoever flushed a partition last knows best.
FLUSH_SECONDS = _histogram("flush_seconds", "One flush, read to commit.", buckets=_SLOW_S)
FLUSH_FACTS = _counter("flush_facts_total", "Facts committed in Postgres.")
FLUSH_RESTS = _counter(
    "flush_rest_seconds_total", "Rests between flushes, for others who waited for the processor."
)
FLUSH_LAG_SECONDS = _gauge(
    "flush_lag_seconds",
    "Age of the oldest fact that is not in Postgres.",
    "partition",
    mode="livemostrecent",
)
DURABLE_LAG_SECONDS = _histogram(
    "durable_lag_seconds", "From a fact's time to its commit.", buckets=_SLOW_S
)
BACKLOG_FACTS = _gauge(
    "backlog_facts", "Facts in Redis that are not in Postgres.", "partition", mode="livemostrecent"
)

# The monitor
MONITOR_FANOUT_SECONDS = _histogram(
    "monitor_fanout_seconds", "From a row's change to the last watcher's socket."
)
MONITOR_DELTAS = _counter("monitor_deltas_total", "Deltas sent to watchers.", "kind")

# Programs elsewhere
EVENTS_PUBLISHED = _counter("events_published_total", "Events added to the stream.", "type")
"""`type`: an EventType, of which there is a handful."""
WEBHOOK_DELIVERIES = _counter(
    "webhook_deliveries_total", "Tries to deliver an event to a webhook.", "how"
)
"""`how`: delivered, retried (it is tried again), failed (it is not)."""
WEBHOOK_SECONDS = _histogram(
    "webhook_seconds", "From sending an event to the answer.", buckets=_SLOW_S
)

# The house
MACHINE_UP = _gauge(
    "machine_up", "1 while every process reaches it: redis, postgres.", "machine", mode="livemin"
)
MEMORY_RATIO = _gauge(
    "memory_ratio", "Used memory by its limit; 0 without a limit.", "machine", mode="livemostrecent"
)
LOOP_LAG_SECONDS = _histogram(
    "loop_lag_seconds", "How much later than asked the event loop woke a timer."
)
LOOP_WORK_SECONDS = _histogram(
    "loop_work_seconds", "Processor time the event loop used between two beats of 25 ms."
)
"""No single piece of work was longer: unlike the lag, it leaves out what other programs took."""
TASKS = _gauge("tasks", "Tasks in the event loops.", "kind", mode="livesum")
HELD = _gauge(
    "held", "What processes keep in memory for those who are here.", "kind", mode="livesum"
)
"""`kind`: see `edge.front.Front.held`. All but `subjects` are 0 soon after everybody has left."""
LOOP_FAILURES = _counter("loop_failures_total", "Turns of background loops that failed.", "loop")
BUILD_INFO = _gauge("build_info", "What runs.", "version", "python", mode="livemax")

ProcessCollector(registry=REGISTRY)


before_page: list[Callable[[], None]] = []
"""Called before the page is made: who gathers figures hands them over (`tallies`)."""


class _Shared(Collector):
    """What all processes under one folder counted, each command in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        files = [str(file) for file in self._folder.glob("*/*.db")]
        merge: Callable[[list[str]], Iterable[Metric]] = MultiProcessCollector.merge
        return merge(files)


def render() -> bytes:
    """The page, of CONTENT_TYPE: of all processes when they share a folder, else of this one."""
    for hand_over in before_page:
        hand_over()
    BUILD_INFO.labels(__version__, platform.python_version()).set(1)
    shared = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if shared is None:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    registry.register(_Shared(Path(shared).parent))
    return generate_latest(registry)
