"""Python's cycle collector, set for a server that holds much and makes little garbage in cycles."""

import gc

YOUNG_MAX = 10_000
"""New objects before the youngest are looked through; Python's own 700 is for scripts. A save makes
some dozens that live until its ack, so at a few thousand a second the collector ran some hundred
times a second: with 1,000 candidates it took 193 of 450 us of CPU per acked answer, measured. With
50,000 one look took 50 ms and more while thousands connected."""
MIDDLE = 1
"""More than so many looks at the youngest, and those that outlived one are looked through as well:
few, for while thousands connect all of them live on, and a look takes 14 ms on average."""
OLD_NEVER = 1_000_000_000
"""Looking through all that ten thousand connections hold stops the loop for a second. So it is done
when nobody is here (`collect`), and nothing of a connection may be held in a cycle
(tests/edge/test_nothing_left.py)."""


def settle() -> None:
    """Call when all is built: what there is now stays, and is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, MIDDLE, OLD_NEVER)


def collect() -> None:
    """Look through everything: call it when a tenth of a second matters to nobody."""
    gc.collect()
