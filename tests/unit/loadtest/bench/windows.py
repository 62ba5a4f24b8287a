"""Windows and turns as a generator would have measured them."""

from loadtest.bench.generator import Connected, Spread, Window
from loadtest.bench.machine import Machine
from loadtest.bench.rounds import Plan, Turn

QUIET = Spread(100, 900.0, 800, 1_500, 2_000, 2_500, 3_000)
HERE = Machine("a processor", 2, 24, "Linux 6", True, 0.1, {"python": "3.11.7"})
PLAN = Plan(rates=(1_000,), flushing=())


def window(kind: str = "closed", *, acked: int = 10_000, sent: int = 10_000, cpu_s: float = 1.0,
           other: float = 0.5) -> Window:  # fmt: skip
    """Two seconds, all well, the server on core 0."""
    return Window(
        window=kind, seconds=2.0, sent=sent, acked=acked, refused=0, put_off=0, skipped=0,
        unanswered=0, lost=0, beats=0, frames_told=10, bytes_told=1_000, latency=QUIET, lag=QUIET,
        generator_s=0.2, cpu_s={"server": cpu_s, "redis": 0.1}, busy={"0": 0.9, "1": other},
        fault="",
    )  # fmt: skip


def turn(name: str, round_: int, cpu_s: float) -> Turn:
    """One turn, with one open loop."""
    connected = Connected(1_005, 1_005, 0, 2.0, QUIET, "")
    opens = {"open.1000": window("open", cpu_s=2 * cpu_s)}
    return Turn(name, round_, connected, 16_384.0, window(cpu_s=cpu_s), opens)
