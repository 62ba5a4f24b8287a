"""Rows in which clients are struck: processes and networks; and what they do to each other."""

import asyncio
from random import Random

from loadtest.bots.device import Device
from loadtest.bots.responding import respond
from loadtest.client.session import State
from loadtest.faults.drill import Drill, Row
from loadtest.faults.house import House, Shape
from loadtest.faults.proxy import CLEAR, Weather
from loadtest.faults.verdict import Expected
from loadtest.report import Seated, tell

OFFLINE_S = 6.0
KILLS = 60
SETTLED_WITHIN_S = 20.0


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


# --- two devices ----------------------------------------------------------------------------------


class Contested:
    """A candidate on one device, to whom two others come in the same moment, by two processes."""

    def __init__(self, house: House, name: str, dice: Random) -> None:
        self.name = name
        self._house = house
        self._dice = dice
        self.devices = [self._device(0)]

    def _device(self, number: int) -> Device:
        house = self._house
        instance = f"{self.name}-{len(getattr(self, 'devices', []))}-{number}"
        token = house.token(self.name)
        return Device(house.url_for(number), house.exam, token, instance, self._dice)

    async def begin(self) -> bool:
        """Start on the first device; whether it did."""
        (first,) = self.devices
        await first.connection.until(lambda: first.live, SETTLED_WITHIN_S)
        first.act(first.candidate.start)
        return await first.connection.until(lambda: bool(first.session.view.items()), 10)

    def answer(self) -> None:
        """Every device that may write answers something, as if three people did."""
        for device in self.devices:
            items = device.session.view.items()
            if device.live and device.session.writable and items:
                item = self._dice.choice(items)
                response = respond(item, None, self._dice)
                device.act(device.candidate.answer, item.id, response)

    def contest(self) -> None:
        """Two more devices, on different processes, at once."""
        self.devices += [self._device(number) for number in range(2)]

    @property
    def holders(self) -> int:
        """How many devices believe that the attempt is theirs."""
        return sum(device.session.state is not State.CLOSED for device in self.devices)

    @property
    def leases(self) -> int:
        """How many devices hold the newest lease of all."""
        newest = max(device.session.outbox.lease for device in self.devices)
        return sum(device.session.outbox.lease == newest for device in self.devices)

    @property
    def unaccounted(self) -> int:
        """Answers of devices that lost the attempt, which are neither acked nor shown as refused,
        although nothing is under way any more."""
        lost = [d for d in self.devices if d.session.state is State.CLOSED]
        return sum(device.session.outbox.pending() for device in lost)

    def told(self) -> Seated:
        """This candidate's part of the report."""
        seated = Seated(self.name)
        tell(seated, [ledger for device in self.devices for ledger in device.ledgers])
        return seated


async def takeovers(drill: Drill) -> None:
    """Two new devices of one candidate join at the same moment on two processes, three times."""
    contested = [Contested(drill.house, name, drill.dice) for name in drill.house.spare]
    try:
        for each in contested:
            drill.sitting.others.append(each.told)
            drill.claim(await each.begin(), f"{each.name} could not begin")
        for _ in range(3):
            await answering(contested, 1.0)
            drill.strike()
            for each in contested:
                each.contest()
            await answering(contested, 1.5)
        await drill.sitting.until(lambda: all(map(decided, contested)), SETTLED_WITHIN_S)
        for each in contested:
            drill.claim(
                each.holders == 1, f"{each.holders} devices of {each.name} hold the attempt"
            )
            drill.claim(each.leases == 1, f"{each.leases} devices of {each.name} share a lease")
            drill.claim(not each.unaccounted, f"{each.unaccounted} answers of {each.name} vanished")
    finally:
        for each in contested:
            for device in each.devices:
                device.switch_off()
    await drill.recovered()


async def answering(contested: list[Contested], seconds: float) -> None:
    """All devices that may answer, five times a second."""
    for _ in range(round(seconds * 5)):
        for each in contested:
            each.answer()
        await asyncio.sleep(0.2)


def decided(contested: Contested) -> bool:
    """Whether one device holds the attempt and nothing is under way."""
    return contested.holders == 1 and not contested.unaccounted


RACE = Shape(servers=2, spare=8)

ROWS = (
    Row("clients killed", "browsers crash around send and ack, sixty times", killed, short=True),
    Row("clients cut", "all connections reset, five times", cut),
    Row("clients slow", "400 ms each way", slow),
    Row("acks dropped", "what they send arrives, no ack comes", replies_dropped),
    Row("clients black hole", "bytes wait for six seconds", black_hole),
    Row(
        "clients half open",
        "the server has lost the connections, the clients have not",
        half_open_clients,
        expected=Expected(within_s=60.0),
    ),
    Row("server half open", "clients have lost them, the server has not", half_open_server),
    Row("clients offline", "half of them for six seconds, answering on", offline),
    Row(
        "take-overs at once",
        "two new devices at the same moment on two processes, three times",
        takeovers,
        RACE,
        expected=Expected(refuses=True),
        short=True,
    ),
)
