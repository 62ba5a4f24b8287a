"""The guards of the design, each switched off once: a simulation that does not notice is too weak.

Nothing of this is in the product: a mutant replaces a function of it while a run lasts.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

from tests.simulation import (
    mutants_client,
    mutants_exams,
    mutants_flushing,
    mutants_lives,
    mutants_monitor,
    mutants_writing,
)

ALL = {
    made.__name__: made
    for made in (
        *mutants_flushing.ALL,
        *mutants_writing.ALL,
        *mutants_client.ALL,
        *mutants_lives.ALL,
        *mutants_exams.ALL,
        *mutants_monitor.ALL,
    )
}


@contextlib.contextmanager
def applied(name: str | None) -> Iterator[None]:
    """While this lasts, the guard of that name is off; None: all are on."""
    patches = ALL[name]() if name is not None else []
    before = [(where, what, _get(where, what)) for where, what, _ in patches]
    try:
        for where, what, new in patches:
            _set(where, what, new)
        yield
    finally:
        for where, what, old in before:
            _set(where, what, old)


def _get(where: Any, what: Any) -> Any:
    return where[what] if isinstance(where, dict) else vars(where)[what]


def _set(where: Any, what: Any, value: Any) -> None:
    if isinstance(where, dict):
        where[what] = value
    else:
        setattr(where, what, value)
