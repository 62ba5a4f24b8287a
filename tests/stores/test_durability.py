"""What Redis says of its durability: real Valkeys with settings that keep acked answers, or not."""

from pathlib import Path

import pytest
import redis

from examsync.devstack import Valkey
from examsync.infra.durability import Durability, inspect, memory_ratio
from examsync.infra.redis import Line, LineDown
from tests.services.installation import until


async def asked(valkey: Valkey, *, accept_everysec: bool = False, url: str = "") -> Durability:
    line = Line(url or valkey.url)
    try:
        return await inspect(line, accept_everysec=accept_everysec)
    finally:
        await line.close()


async def test_ours_keeps_what_it_confirms(valkey: Valkey) -> None:
    found = await asked(valkey)
    assert (found.problems, found.remarks) == ((), ())
    assert found.summary == "appendonly yes, appendfsync always, maxmemory-policy noeviction"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"appendonly": "no"}, "appendonly is off"),
        ({"appendfsync": "no"}, "appendfsync is no: set it to always"),
        ({"appendfsync": "everysec"}, "redis.accept_everysec = true"),
        ({"maxmemory-policy": "allkeys-lru"}, "maxmemory-policy is allkeys-lru"),
        ({"maxmemory-policy": "volatile-ttl"}, "maxmemory-policy is volatile-ttl"),
    ],
)
async def test_each_setting_that_would_lose_answers_is_a_problem(
    valkey: Valkey, settings: dict[str, str], said: str
) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.config_set(*settings.popitem())
    found = await asked(valkey)
    (problem,) = found.problems
    assert said in problem


async def test_settings_of_its_file_are_seen_and_all_problems_at_once(tmp_path: Path) -> None:
    settings = {"appendonly": "no", "appendfsync": "everysec", "maxmemory-policy": "allkeys-random"}
    server = Valkey(tmp_path / "valkey", settings=settings)
    try:
        server.start()
        assert len((await asked(server)).problems) == 3
    finally:
        server.remove()


async def test_a_second_may_be_given_away_but_is_remarked(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.config_set("appendfsync", "everysec")
    found = await asked(valkey, accept_everysec=True)
    assert found.problems == ()
    assert "everysec" in found.remarks[0]
    with redis.Redis.from_url(valkey.url) as client:
        client.config_set("appendfsync", "no")
    assert (await asked(valkey, accept_everysec=True)).problems != ()


async def test_a_server_that_hides_its_settings_is_remarked_not_refused(valkey: Valkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.acl_setuser(
            "app",
            enabled=True,
            passwords=["+secret"],
            keys=["*"],
            categories=["+@all"],
            commands=["-config"],
        )
    url = f"redis://app:secret@127.0.0.1:{valkey.port}/0"
    found = await asked(valkey, url=url)
    assert found.problems == ()
    assert "check them by hand" in found.remarks[0]
    assert "?" in found.summary


async def test_a_replica_is_not_to_be_written_to_and_its_primary_should_wait_for_it(
    valkey: Valkey, tmp_path: Path
) -> None:
    secret = str(valkey.url).partition("://:")[2].partition("@")[0]
    follows = {"replicaof": f"127.0.0.1 {valkey.port}", "masterauth": secret}
    replica = Valkey(tmp_path / "replica", settings=follows)
    try:
        replica.start()
        assert "name the primary" in (await asked(replica)).problems[0]
        with redis.Redis.from_url(valkey.url) as client:
            await until(lambda: client.info("replication")["connected_slaves"])
            found = await asked(valkey)
            assert found.problems == ()
            assert "min-replicas-to-write is 0" in found.remarks[0]
            client.config_set("min-replicas-to-write", 1)
            assert (await asked(valkey)).remarks == ()
    finally:
        replica.remove()


async def test_how_full_it_is_is_told_by_its_limit(valkey: Valkey) -> None:
    line = Line(valkey.url)
    assert await memory_ratio(line) == 0
    with redis.Redis.from_url(valkey.url) as client:
        client.config_set("maxmemory", "64mb")
        assert 0.001 < await memory_ratio(line) < 0.5
        client.config_set("maxmemory", "1kb")
        assert await memory_ratio(line) > 1
    await line.close()


async def test_a_server_that_does_not_answer_says_nothing(valkey: Valkey) -> None:
    valkey.kill()
    with pytest.raises(LineDown):
        await asked(valkey)
