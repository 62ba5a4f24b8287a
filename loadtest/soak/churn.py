"""The soak itself: exams come and end, people come and go, the server is read all the time."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from random import Random

from msgspec import Struct, structs

from loadtest.faults.proxy import Proxy
from loadtest.office import OfficeError, Terms
from loadtest.ports import free_port
from loadtest.served import NotServed
from loadtest.soak import readings
from loadtest.soak.house import House
from loadtest.soak.people import KINDS, Hall, Place, Visit
from loadtest.soak.readings import Line, Reading

EXAM_S = 90
"""How long an exam is open; a new one begins when half of that is over."""
SEATS = 2.5
"""Candidates of an exam, by those who are there at a time."""
VISIT_S = (8.0, 30.0)
READ_EVERY_S = 5.0
HALVED_EVERY_S = 7.0
SETTLE_S = 240.0
"""The longest that something stays by design: the last exam is open for a while, its attempts are
closed and graded, and stay at hand for a minute after that; half-open lines stay for 45 s."""
ANSWERS_WITHIN_S = 60.0


class Soaked(Struct, frozen=True):
    """How it went. `visits` by kind; `faults` are what no visit is to meet."""

    ok: bool
    seed: int
    connections: int
    seconds: int
    visits: dict[str, int]
    answers: int
    exams: int
    faults: dict[str, int]
    lines: list[Line]


class Soak:
    """One soak of a server. `say` is told of progress."""

    def __init__(self, house: House, connections: int, seed: int, say: Callable[[str], None]):
        self._house = house
        self._connections = connections
        self._seed = seed
        self._say = say
        self._dice = Random(seed)
        self._halls: list[Hall] = []
        self._open: list[str] = []
        self._paper = ""
        self._exams = self._attempts = 0
        self._visits: Counter[str] = Counter()
        self._visiting: set[asyncio.Task[None]] = set()

    async def run(self, warm_s: float, for_s: float) -> Soaked:
        """Warm up, settle, read the base, soak, settle, and compare."""
        proxy = Proxy(self._house.port, free_port())
        await proxy.open()
        place = Place(
            self._hall, self._house.port, proxy, self._dice, did=Counter(), faults=Counter()
        )
        self._say(f"warming up for {warm_s:.0f} s")
        await self._churn(place, warm_s)
        base = await self._settled(None)
        self._say(f"base is read; soaking for {for_s:.0f} s")
        peak = await self._churn(place, for_s)
        end = await self._settled(base)
        await proxy.close()
        lines = readings.lines(base, peak, end, self._attempts, self._exams)
        ok = all(line.back for line in lines) and not place.faults
        return Soaked(
            ok,
            self._seed,
            self._connections,
            round(for_s),
            dict(self._visits),
            place.did["answers"],
            self._exams,
            dict(place.faults),
            lines,
        )

    # --- exams ------------------------------------------------------------------------------------

    def _hall(self) -> Hall:
        """A free seat; when all were taken, somebody's who has been there."""
        if not self._halls:
            raise LookupError("no exam is open")
        return self._halls.pop(self._dice.randrange(len(self._halls)))

    async def _exams_come_and_go(self) -> None:
        while True:
            try:
                made = await asyncio.to_thread(self._make_exam)
            except OfficeError as error:  # it is busy: the office asks again, as people do
                self._say(f"an exam could not be made: {error}")
                await asyncio.sleep(2.0)
                continue
            self._halls = made + self._halls[: len(made)]
            await asyncio.sleep(EXAM_S / 2)

    def _make_exam(self) -> list[Hall]:
        house, office = self._house, self._house.office()
        now = round(time.time() * 1_000)
        ends = now + EXAM_S * 1_000
        seats = round(self._connections * SEATS)
        names = [f"s{self._exams}-{number}" for number in range(seats)]
        terms = Terms(now - 2_000, ends, ends + 1_000, EXAM_S * 1_000)
        self._paper = self._paper or office.ensure_paper()
        exam = office.make_exam(self._paper, terms, names)
        self._exams += 1
        self._attempts += seats
        self._open.append(exam)
        if len(self._open) > 3:
            office.archive(self._open.pop(0))
        examiner = house.examiner("eva", exam)
        return [
            Hall(house.url, exam, name, house.candidate(name, exam), examiner) for name in names
        ]

    # --- people -----------------------------------------------------------------------------------

    async def _churn(self, place: Place, for_s: float) -> Reading:
        """People come and go for so long; what was the most of everything."""
        found = [await self.read()]
        beside = [asyncio.create_task(self._exams_come_and_go())]
        while not self._halls:  # noqa: ASYNC110  # made in a thread
            await asyncio.sleep(0.1)
        beside.append(asyncio.create_task(self._halve(place)))
        loop = asyncio.get_running_loop()
        began, read_at = loop.time(), loop.time()
        here: Counter[str] = Counter()
        try:
            while loop.time() < began + for_s:
                self._fill(place, here, (loop.time() - began) / min(20.0, for_s))
                await asyncio.sleep(0.1)
                if loop.time() >= read_at:
                    read_at = loop.time() + READ_EVERY_S
                    found.append(await self.read())
                    self._tell(loop.time() - began, found[-1], place)
        finally:
            for task in (*beside, *self._visiting):
                task.cancel()
            await asyncio.gather(*beside, *self._visiting, return_exceptions=True)
        self._halls = []
        return readings.highest(found)

    def _fill(self, place: Place, here: Counter[str], share: float) -> None:
        """Let come who is missing: everybody within the first 20 s."""
        for kind, (visit, part) in KINDS.items():
            wanted = max(1, round(self._connections * part * min(1.0, share)))
            for _ in range(wanted - here[kind]):
                if self._halls:
                    here[kind] += 1
                    self._visits[kind] += 1
                    task = asyncio.create_task(self._one(place, here, kind, visit))
                    self._visiting.add(task)
                    task.add_done_callback(self._visiting.discard)

    async def _one(self, place: Place, here: Counter[str], kind: str, visit: Visit) -> None:
        try:
            with ExitStack() as leaving:
                mine = structs.replace(place, leaving=leaving)
                await visit(mine, self._dice.uniform(*VISIT_S))
        except LookupError:
            await asyncio.sleep(1.0)  # all seats are taken: the next exam has some
        except OSError as error:
            place.faults[type(error).__name__] += 1
        finally:
            here[kind] -= 1

    async def _halve(self, place: Place) -> None:
        """Again and again, one side of all connections through the proxy is gone, without a word
        to the other."""
        while True:
            await asyncio.sleep(HALVED_EVERY_S)
            place.half_open.half_open(client_stays=self._dice.random() < 0.5)

    # --- readings ---------------------------------------------------------------------------------

    async def read(self) -> Reading:
        """The server as it is now."""
        house = self._house
        figures = await self._figures()
        attempts, others, clients = await asyncio.to_thread(house.redis)
        return Reading(
            readings.held(figures),
            int(figures.get("examsync_tasks", 0)),
            house.descriptors(),
            house.memory_bytes(),
            attempts,
            others,
            clients,
            await house.sessions(),
        )

    async def _figures(self) -> dict[str, float]:
        """Its page of metrics; a busy server may take a while. Raises NotServed."""
        until = time.monotonic() + ANSWERS_WITHIN_S
        while time.monotonic() < until:
            if figures := await asyncio.to_thread(self._house.metrics):
                return figures
            await asyncio.sleep(0.5)
        raise NotServed(f"The server shows no metrics any more: see {self._house.log}.")

    async def _settled(self, base: Reading | None) -> Reading:
        """Quiet, until everything is back, or has had its time."""
        self._say("everybody has left; waiting for quiet")
        ends = time.monotonic() + SETTLE_S
        while True:
            await asyncio.sleep(READ_EVERY_S)
            now = await self.read()
            done = not any(now.held[kind] for kind in readings.HELD)
            if base is not None:
                lines = readings.lines(base, now, now, self._attempts, self._exams)
                done = all(line.back for line in lines)
            if done or time.monotonic() > ends:
                return now

    def _tell(self, at: float, now: Reading, place: Place) -> None:
        held = now.held
        self._say(
            f"{at:5.0f} s  {held['wires']} connections, {held['attempts']} attempts at hand, "
            f"{now.tasks} tasks, {now.descriptors} descriptors, "
            f"{now.memory_bytes >> 20} MB, {place.did['answers']} answers"
        )
