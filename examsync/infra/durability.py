"""Does this Redis keep what it confirms, and how full is it? Asked at start, by /readyz and by the
loops (knows no exam).
"""

from msgspec import Struct

from examsync.infra.redis import Line, Reply


class Durability(Struct, frozen=True):
    """What Redis says of itself. `problems` forbid serving, `remarks` are to be known."""

    appendonly: str = "?"
    appendfsync: str = "?"
    policy: str = "?"
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """One line for people."""
        return (
            f"appendonly {self.appendonly}, appendfsync {self.appendfsync}, "
            f"maxmemory-policy {self.policy}"
        )


SETTINGS = ("appendonly", "appendfsync", "maxmemory-policy", "min-replicas-to-write")
HIDDEN = "Redis does not let us read its settings (CONFIG GET): check them by hand."


async def inspect(line: Line, *, accept_everysec: bool) -> Durability:
    """Read the settings an acked answer depends on. Raises LineDown."""
    told, *replies = await line.call(
        ("INFO", "replication"), *(("CONFIG", "GET", name) for name in SETTINGS)
    )
    role, replicas = _replication(told)
    standby = ["this is a replica: name the primary."] if role == "slave" else []
    values = [_value(reply) for reply in replies]
    if None in values:
        return Durability(problems=tuple(standby), remarks=(HIDDEN,))
    appendonly, appendfsync, policy, needed = (str(value) for value in values)
    return Durability(
        appendonly,
        appendfsync,
        policy,
        (*standby, *_problems(appendonly, appendfsync, policy, accept_everysec)),
        tuple(_remarks(appendfsync, replicas, needed)),
    )


async def memory_ratio(line: Line) -> float:
    """How full Redis is: used memory by `maxmemory`; 0 where there is no limit. Raises LineDown,
    or redis' ResponseError."""
    told = _told(await line.one("INFO", "memory"))
    limit = int(told.get("maxmemory", "0"))
    return int(told.get("used_memory", "0")) / limit if limit else 0.0


def _told(reply: Reply) -> dict[str, str]:
    """What a reply to INFO says, by name."""
    text = reply.decode() if isinstance(reply, bytes) else ""
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def _value(reply: Reply) -> str | None:
    """The value in a reply to CONFIG GET; None where it is not told."""
    return reply[1].decode() if isinstance(reply, list) and len(reply) > 1 else None


def _replication(reply: Reply) -> tuple[str, int]:
    """The server's role and how many replicas follow it; nothing where it is not told."""
    told = _told(reply)
    return told.get("role", ""), int(told.get("connected_slaves", "0"))


def _problems(appendonly: str, appendfsync: str, policy: str, everysec: bool) -> list[str]:
    problems = []
    if appendonly != "yes":
        problems.append("appendonly is off: a restart of Redis would lose every acked answer.")
    if appendfsync == "no" or (appendfsync == "everysec" and not everysec):
        problems.append(
            f"appendfsync is {appendfsync}: set it to always, or accept the loss of a second "
            "with redis.accept_everysec = true."
        )
    if policy != "noeviction":
        problems.append(f"maxmemory-policy is {policy}: a full Redis would drop attempts.")
    return problems


def _remarks(appendfsync: str, replicas: int, needed: str) -> list[str]:
    remarks = []
    if appendfsync != "always":
        remarks.append(
            "an acked answer may be lost with the machine for up to two seconds (everysec)"
        )
    if replicas and needed == "0":
        remarks.append(
            "it has replicas, but min-replicas-to-write is 0: after a failover acked answers may "
            "be missing that were not flushed"
        )
    return remarks
