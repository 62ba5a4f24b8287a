"""Results reach those who are to hear of them: the monitor's rows, and candidates anywhere."""

from typing import Any

from protocol.types import Grading
from tests.services.installation import EXAM, Candidate, config, furnish, running, until


class Screen:
    """A watcher's sink that merges what it is sent."""

    def __init__(self) -> None:
        self.events: list[tuple[str, bytes]] = []

    def send(self, event: str, body: bytes) -> None:
        """Keep it."""
        self.events.append((event, body))

    def waiting_bytes(self) -> int:
        """It takes everything at once."""
        return 0

    def cut(self) -> None:
        """It is never cut."""
        raise AssertionError("a reader that takes everything was cut")

    def gradings(self) -> list[str]:
        """Every grading a row was told with, in order."""
        return [
            part.split(b'"')[0].decode()
            for _, body in self.events
            for part in body.split(b'"grading":"')[1:]
        ]


async def test_a_submitted_attempt_is_graded_and_its_row_says_so(
    redis_url: str, database_url: str
) -> None:
    async with running(config(redis_url, database_url), work=True) as built:
        await furnish(built, "asha")
        asha = Candidate(built, "asha")
        screen = Screen()
        await built.monitor.watch(EXAM, None, screen)
        await asha.start()
        await asha.answer("right")
        await asha.submit()
        await until(lambda: Grading.GRADED in screen.gradings())


async def test_released_results_are_told_in_every_process(
    redis_url: str, database_url: str
) -> None:
    settings = config(redis_url, database_url)
    async with running(settings, work=True) as one, running(settings) as other:
        (attempt,) = await furnish(one, "asha")
        asha = Candidate(one, "asha")
        heard: dict[str, Any] = {"one": [], "other": []}
        one.wires.on_released.append(heard["one"].extend)
        other.wires.on_released.append(heard["other"].extend)
        await asha.start()
        await asha.submit()
        screen = Screen()
        await one.monitor.watch(EXAM, None, screen)
        await until(lambda: Grading.GRADED in screen.gradings())
        assert not heard["one"] + heard["other"]
        released = await one.results.releasing.release(EXAM, by="examiner:tests")
        assert released.released == [attempt]
        await until(lambda: heard == {"one": [attempt], "other": [attempt]})
        await until(lambda: Grading.RELEASED in screen.gradings())
