"""Who is there, across processes, on a real Redis."""

from protocol.types import Presence
from tests.services.monitors import ledger, now, running, until
from tests.unit.monitor.scene import EXAM


async def test_who_falls_silent_is_seen_to_and_comes_back_by_a_frame(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one:
        client, _ = await one.watch()
        presence = one.monitor.presence
        presence.connected("a1", EXAM, now(), "A")
        seen: list[Presence] = []

        def level(wanted: Presence) -> bool:
            found = client.board.connections.get("a1")
            if found is not None and (not seen or seen[-1] is not found.level):
                seen.append(found.level)
            return found is not None and found.level is wanted

        await until(lambda: level(Presence.AWAY))
        presence.seen("a1", now(), pending=2, rtt_ms=700)
        await until(lambda: level(Presence.LIVE))
        # On a busy machine a level may pass between two looks; the order is what must hold.
        order = [Presence.LIVE, Presence.LATE, Presence.SILENT, Presence.AWAY]
        assert seen[:-1] == [one for one in order if one in seen[:-1]]
        assert seen[-2:] == [Presence.AWAY, Presence.LIVE]
        assert client.board.connections["a1"].pending == 2


async def test_figures_come_without_being_asked_for(redis_url: str) -> None:
    book = ledger("a1", "a2")
    async with running(redis_url, book) as one:
        client, _ = await one.watch()
        one.monitor.presence.connected("a1", EXAM, now(), "A")
        await until(
            lambda: (
                client.board.stats is not None
                and client.board.stats.presence == {"live": 1, "never": 1}
            )
        )
        assert client.board.stats is not None
        assert client.board.stats.states == {"not_started": 2}
        assert (client.board.stats.backlog, client.board.stats.durable_lag_ms) == (3, 40)


async def test_whom_a_dead_process_held_is_away(redis_url: str) -> None:
    book = ledger("a1", "a2")
    async with running(redis_url, book) as watching:
        client, _ = await watching.watch()
        async with running(redis_url, book, "web-2") as dying:
            for name in ("a1", "a2"):
                dying.monitor.presence.connected(name, EXAM, now(), "A")
            await until(lambda: len(client.board.connections) == 2)
        # it hung up without a word about its candidates
        await until(
            lambda: all(c.level is Presence.AWAY for c in client.board.connections.values())
        )


async def test_a_process_that_was_taken_for_dead_says_that_it_lives(redis_url: str) -> None:
    book = ledger("a1")
    async with running(redis_url, book) as one, running(redis_url, book, "web-2") as other:
        client, _ = await other.watch()
        presence = one.monitor.presence
        presence.connected("a1", EXAM, now(), "A")
        await until(lambda: "a1" in client.board.connections)
        beats = one.store.beat

        async def silent(process: str) -> bool:
            del process
            return True

        one.store.beat = silent  # type: ignore[method-assign]

        def level(wanted: Presence) -> bool:
            presence.seen("a1", now())  # frames come all the time: its own sweep sees no change
            return client.board.connections["a1"].level is wanted

        await until(lambda: level(Presence.AWAY))
        one.store.beat = beats  # type: ignore[method-assign]
        await until(lambda: level(Presence.LIVE))


async def test_who_takes_over_in_another_process_is_there_however_old_his_connection_is(
    redis_url: str,
) -> None:
    book, at = ledger("a1"), now()
    async with running(redis_url, book) as one, running(redis_url, book, "web-2") as other:
        client, _ = await one.watch()
        one.monitor.presence.connected("a1", EXAM, at, "A", leased_at=at - 9_000)
        await until(lambda: "a1" in client.board.connections)
        other.monitor.presence.connected("a1", EXAM, at - 5_000, "A", leased_at=at + 1)
        await until(lambda: client.board.connections["a1"].process == "web-2")
        one.monitor.presence.gone("a1", at)
        await until(lambda: "a1" not in {link.attempt for link in one.monitor.presence.links()})
        other.monitor.presence.seen("a1", now(), visible=False)
        await until(lambda: client.board.connections["a1"].visible is False)
        assert client.board.connections["a1"].process == "web-2"
