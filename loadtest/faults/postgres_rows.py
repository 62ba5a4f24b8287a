"""Rows in which Postgres is away, slow, or will not do as it is told."""

from loadtest.faults.drill import Drill, Row
from loadtest.faults.verdict import Expected

AWAY_S = 20.0
STANDSTILL_S_MAX = 2.0
"""Acks go on without Postgres; a lesser standstill is the machine's."""


async def away(drill: Drill) -> None:
    """kill -9 of Postgres under load; twenty seconds later it is back. Acks go on meanwhile."""
    await drill.load(2.0)
    drill.strike()
    await drill.postgres.do("kill")
    before = drill.sitting.acked
    await drill.load(AWAY_S)
    meanwhile = drill.sitting.acked - before
    drill.figures["acked_meanwhile"] = meanwhile
    people = len(drill.sitting.people)
    drill.claim(meanwhile > people, f"only {meanwhile} answers were acked without Postgres")
    await drill.postgres.do("start")
    await drill.recovered()
    still = drill.sitting.standstill
    drill.claim(
        still.acks_s < STANDSTILL_S_MAX + still.ours_s,
        f"nothing was acked for {still.acks_s:.1f} s while Postgres was away",
    )


ROWS = (
    Row(
        "postgres away",
        "kill -9 of Postgres, back after 20 s",
        away,
        expected=Expected(within_s=30.0),
        short=True,
    ),
)
