"""Does this Redis keep what it confirms? Asked at start and by /readyz (knows no exam)."""

from msgspec import Struct

from examsync.infra.redis import Line


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


async def inspect(line: Line, *, accept_everysec: bool) -> Durability:
    """Read the settings an acked answer depends on. Raises LineDown."""
    names = ("appendonly", "appendfsync", "maxmemory-policy")
    replies = await line.call(*(("CONFIG", "GET", name) for name in names))
    if any(isinstance(reply, Exception) for reply in replies):
        remark = "Redis does not let us read its settings (CONFIG GET): check them by hand."
        return Durability(remarks=(remark,))
    appendonly, appendfsync, policy = (reply[1].decode() for reply in replies)
    return Durability(
        appendonly,
        appendfsync,
        policy,
        tuple(_problems(appendonly, appendfsync, policy, accept_everysec)),
        tuple(_remarks(appendfsync)),
    )


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


def _remarks(appendfsync: str) -> list[str]:
    if appendfsync == "always":
        return []
    return ["an acked answer may be lost with the machine for up to two seconds (everysec)"]
