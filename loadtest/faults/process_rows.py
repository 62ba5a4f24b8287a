"""Rows in which processes of ExamSync die: killed, or told to stop, at any moment."""

from loadtest.faults.drill import Drill, Row


async def server_killed(drill: Drill) -> None:
    """kill -9 of the serving process, three times, at moments the dice choose."""
    for _ in range(3):
        await drill.load(1.0, 2.5)
        drill.strike()
        await drill.server.kill()
        await drill.load(0.1, 0.8)
        await drill.server.start()
        await drill.recovered()


ROWS = (
    Row(
        "server killed",
        "kill -9 of the serving process, three times",
        server_killed,
        short=True,
    ),
)
