"""The floor below every contestant: what the save script costs Valkey, alone and in pipelines."""

from pathlib import Path

from loadtest.bench.house import House
from loadtest.bench.processes import cpu_s_of

DEPTHS = {1: 1_500, 8: 6_000, 32: 16_000, 128: 32_000}
"""Calls in one pipeline, and how many calls in all."""
KEYS = [f"bench-floor:{{0}}:{name}" for name in ("epoch", "attempt", "log", "due")]
LIFE, FACT, RESPONSE = "1:floor:0-0:0", "f" * 520, "r" * 110
"""As long as they are for a choice among four."""


def redis_floor(house: House, script: Path) -> dict[str, float]:
    """CPU microseconds of Valkey per call of the script, fsync included, by pipeline depth."""
    with house.redis() as line:
        sha = str(line.script_load(script.read_text()))
        line.set(KEYS[0], LIFE)
        line.hset(KEYS[1], mapping={"head": "0:", "seat": "{}"})
        pid = house.redis_pid()
        found, head = {}, 0
        for depth, calls in DEPTHS.items():
            before_s = cpu_s_of(pid)
            for _ in range(calls // depth):
                pipe = line.pipeline(transaction=False)
                for _ in range(depth):
                    heads = (f"{head}:", f"{head + 1}:")
                    told = (LIFE, *heads, FACT, str(head), "floor", "r:q", RESPONSE)
                    pipe.evalsha(sha, len(KEYS), *KEYS, *told)
                    head += 1
                pipe.execute()
            found[str(depth)] = round(1e6 * (cpu_s_of(pid) - before_s) / calls, 1)
        line.delete(*KEYS)
    return found
