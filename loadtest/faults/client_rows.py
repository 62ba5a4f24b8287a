"""Rows in which clients are struck: their processes and their networks."""

import asyncio

from loadtest.faults.drill import Drill, Row
from loadtest.faults.proxy import CLEAR, Weather
from loadtest.faults.verdict import Expected

OFFLINE_S = 6.0
KILLS = 60


async def killed(drill: Drill) -> None:
    """Browsers crash between send and ack, or just after, and start again with what they stored."""
    drill.strike()
    for _ in range(KILLS):
        person = drill.dice.choice(drill.sitting.present)
        person.act()
        await asyncio.sleep(drill.dice.choice((0.0, 0.001, 0.003, 0.01, 0.05)))
        person.device.reload()
        await drill.load(0.05, 0.15)
    await drill.recovered()


async def cut(drill: Drill) -> None:
    """Everybody's connection is reset, five times, and each time they come back spread out."""
    for _ in range(5):
        await drill.load(0.5, 1.5)
        drill.strike()
        drill.server.door.cut()
    await drill.recovered()


async def weathered(drill: Drill, weather: Weather, seconds: float) -> None:
    """Such is the network between clients and server for a while; then it is clear again."""
    drill.strike()
    drill.server.door.set(weather)
    await drill.load(seconds)
    drill.server.door.set(CLEAR)
    await drill.recovered()


async def slow(drill: Drill) -> None:
    """400 ms each way."""
    await weathered(drill, Weather(delay_ms=400), 5.0)


async def replies_dropped(drill: Drill) -> None:
    """What clients send arrives; no ack ever comes. Then the connections are reset."""
    await weathered(drill, Weather(replies_dropped=True), 5.0)


async def black_hole(drill: Drill) -> None:
    """Bytes between clients and server wait for six seconds, then arrive, late and all at once."""
    await weathered(drill, Weather(frozen=True), 6.0)


async def half_open_clients(drill: Drill) -> None:
    """The server has lost all connections; the clients believe that theirs stand."""
    await drill.load(0.5)
    drill.strike()
    drill.server.door.half_open(client_stays=True)
    await drill.recovered()


async def half_open_server(drill: Drill) -> None:
    """The clients have lost their connections and come anew; for the server the old ones stand."""
    await drill.load(0.5)
    drill.strike()
    drill.server.door.half_open(client_stays=False)
    await drill.recovered()


async def offline(drill: Drill) -> None:
    """Half of them are offline for a while and answer on; back, the last value of each counts."""
    drill.strike()
    gone = drill.sitting.present[::2]
    for person in gone:
        person.device.connection.set_online(False)
    await drill.load(OFFLINE_S)
    drill.figures["pending_offline"] = sum(p.device.session.outbox.pending() for p in gone)
    for person in gone:
        person.device.connection.set_online(True)
    await drill.recovered()


MISSED_S = 60.0
"""Who has gone without a word is missed after the 45 s of Engine.IO's pings; 10 s more are given to
a closing handshake (uvicorn) that nobody answers."""

ROWS = (
    Row(
        "server half open",
        "clients have lost them, the server has not",
        half_open_server,
        expected=Expected(idle_within_s=MISSED_S),
    ),
    Row("clients killed", "browsers crash around send and ack, sixty times", killed, short=True),
    Row("clients cut", "all connections reset, five times", cut),
    Row("clients slow", "400 ms each way", slow),
    Row("acks dropped", "what they send arrives, no ack comes", replies_dropped),
    Row("clients black hole", "bytes wait for six seconds", black_hole),
    Row(
        "clients half open",
        "the server has lost the connections, the clients have not",
        half_open_clients,
        expected=Expected(within_s=30.0),
    ),
    Row("clients offline", "half of them for six seconds, answering on", offline),
)
