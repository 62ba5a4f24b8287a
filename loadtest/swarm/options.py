"""What a run is told: options of locust's command line and of its page, checked."""

from pathlib import Path
from typing import Any

from msgspec import Struct

from loadtest.swarm.shapes import SHAPES, Schedule
from loadtest.swarm.thresholds import BadThresholds, Thresholds, read

THRESHOLDS = Path(__file__).parents[1] / "thresholds.toml"
CANDIDATES_MAX = 20_000
EXAMINERS_MAX = 100
FOR_S = (5, 14_400)
THINK_S = (0.2, 600.0)
THINK_SAYS = "mean seconds between two answers of a candidate (default 5)"


class BadOption(Exception):
    """An option that makes no run; which, and what it takes."""


class Options(Struct, frozen=True):
    """A run as it is wanted."""

    candidates: int
    examiners: int
    schedule: Schedule
    thresholds: Thresholds
    paper: str
    result: str
    table: bool
    keep: bool


def add(parser: Any) -> None:
    """Add ours to locust's; those without a place on the page are for programs."""
    add_of_run(parser.add_argument_group("ExamSync"))
    quiet = {"include_in_web_ui": False}
    parser.add_argument("--result", default="", help="write what came of it here, as JSON", **quiet)
    parser.add_argument("--no-table", action="store_true", help="do not print the table", **quiet)
    parser.add_argument("--keep", action="store_true", help="do not archive the exam", **quiet)
    parser.add_argument("--parent", type=int, default=0, help="end when that process ends", **quiet)


def add_of_run(to: Any) -> None:
    """What a run is."""
    to.add_argument("--candidates", type=int, default=300, help="how many sit (default 300)")
    to.add_argument("--examiners", type=int, default=2, help="how many watch (default 2)")
    to.add_argument("--for", dest="for_s", type=float, default=60.0, help="seconds (default 60)")
    to.add_argument("--shape", default="steady", choices=list(SHAPES), help=shapes_said())
    to.add_argument("--think", type=float, default=5.0, help=THINK_SAYS)
    to.add_argument("--seed", type=int, default=1, help="who does what (default 1)")
    to.add_argument("--paper", default="", help="id of a paper to sit (default: one of ours)")
    to.add_argument("--thresholds", default=str(THRESHOLDS), help="a file like the default one")


def repeated(given: Any) -> list[str]:
    """The same options once more, for another process."""
    names = ("candidates", "examiners", "shape", "think", "seed", "paper", "thresholds")
    found = [f"--{name}={getattr(given, name)}" for name in names]
    return [*found, f"--for={given.for_s}"]


def shapes_said() -> str:
    """All shapes in one line."""
    return "; ".join(f"{name}: {shape.says}" for name, shape in SHAPES.items())


def options(given: Any) -> Options:
    """Raises BadOption."""
    limits = check_of_run(given)
    return Options(
        given.candidates,
        given.examiners,
        Schedule(given.shape, float(given.for_s), float(given.think), int(given.seed)),
        limits,
        given.paper,
        given.result,
        not given.no_table,
        given.keep,
    )


def check_of_run(given: Any) -> Thresholds:
    """Whether these make a run; its thresholds. Raises BadOption."""
    _within("--candidates", given.candidates, 1, CANDIDATES_MAX)
    _within("--examiners", given.examiners, 1, EXAMINERS_MAX)
    _within("--for", given.for_s, *FOR_S)
    _within("--think", given.think, *THINK_S)
    if given.shape not in SHAPES:
        raise BadOption(f"--shape {given.shape}: there are {', '.join(SHAPES)}")
    return thresholds(Path(given.thresholds))


def thresholds(path: Path) -> Thresholds:
    """The file's. Raises BadOption."""
    try:
        return read(path.read_text())
    except (OSError, BadThresholds, UnicodeDecodeError) as error:
        raise BadOption(f"--thresholds {path}: {error}") from error


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise BadOption(f"{name} {value:g}: it takes {least:g} to {most:g}")
