"""One row: what was measured, the goal it is held against, and several repeats as one (pure)."""

from collections.abc import Sequence
from statistics import median

from msgspec import Struct, structs


class Measured(Struct, frozen=True):
    """One goal and what came of it. A function of `rows` returns it for one repeat.

    `figure` in `unit` is what `goal`, a sentence for people, is about; `also` are further figures,
    each with its unit in its name; `remarks` say what to know before believing any of it.
    `spread` is the lowest and highest `figure` over the repeats: `merged` fills it in.
    """

    name: str
    what: str
    figure: float
    unit: str
    goal: str
    met: bool
    spread: tuple[float, float] = (0.0, 0.0)
    also: dict[str, float] = {}
    remarks: list[str] = []


def merged(repeats: Sequence[Measured]) -> Measured:
    """Repeats of one row as one: medians; met if every repeat met it. There has to be one."""
    figures = [each.figure for each in repeats]
    return structs.replace(
        repeats[-1],
        figure=median(figures),
        met=all(each.met for each in repeats),
        spread=(min(figures), max(figures)),
        also=medians([each.also for each in repeats]),
        remarks=remarks(repeats),
    )


def medians(found: Sequence[dict[str, float]]) -> dict[str, float]:
    """The median of every further figure, over the repeats that have it."""
    names = dict.fromkeys(name for each in found for name in each)
    return {name: median(each[name] for each in found if name in each) for name in names}


def remarks(repeats: Sequence[Measured]) -> list[str]:
    """All remarks, each once; and how often a goal was met that was not always."""
    met = sum(each.met for each in repeats)
    some = [f"met in {met} of {len(repeats)} repeats"] if 0 < met < len(repeats) else []
    return some + list(dict.fromkeys(remark for each in repeats for remark in each.remarks))
