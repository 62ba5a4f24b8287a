"""What `examsync monitor` shows in a terminal: a board as a rich table (pure; times are handed in).

Names and reasons come from candidates and clients: they are shown as text, never as markup.
"""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from examsync.monitor.delta import Board, Happening
from examsync.monitor.trouble import Trouble, sorted_by_trouble
from protocol.from_server import Connection, Hand, Row, Signal
from protocol.types import Presence

STALE_AFTER_MS = 8_000
"""The server says something at least every five seconds; three more are for a slow line."""
HAPPENED_SHOWN = 3
SERIOUS = 80
"""From this weight on a row is red; below, yellow."""

_STYLES = {
    Presence.LIVE: "green",
    Presence.LATE: "yellow",
    Presence.SILENT: "dark_orange",
    Presence.AWAY: "red",
}


def screen(board: Board, title: str, *, now: int, silent_ms: int, rows_max: int) -> RenderableType:
    """The whole screen: figures, rows by trouble, what happened last.

    `silent_ms`: how long ago the server was last heard.
    """
    return Group(
        heading(board, title, silent_ms),
        figures(board),
        table(board, now, rows_max),
        *(happening(each, board) for each in list(board.happened)[-HAPPENED_SHOWN:]),
    )


def heading(board: Board, title: str, silent_ms: int) -> Text:
    """The exam, and whether what is shown can be trusted."""
    if board.version is None:
        badge = Text(" WAITING ", style="black on yellow")
    elif silent_ms >= STALE_AFTER_MS:
        badge = Text(f" STALE {silent_ms // 1_000} s ", style="white on red")
    else:
        badge = Text(" LIVE ", style="black on green")
    return Text.assemble(badge, " ", Text(printable(title), style="bold"))


def figures(board: Board) -> Text:
    """How many are in which state, how present they are, how far Postgres is."""
    stats = board.stats
    if stats is None:
        return Text(f"{len(board.rows)} candidates", style="dim")
    parts = [f"{count} {name.replace('_', ' ')}" for name, count in sorted(stats.states.items())]
    parts += [f"{count} {name}" for name, count in sorted(stats.presence.items())]
    parts.append(f"{stats.backlog} facts not durable, {stats.durable_lag_ms} ms behind")
    return Text(" · ".join(parts), style="dim")


def table(board: Board, now: int, rows_max: int) -> Table:
    """The rows, the greatest trouble first; those there is no room for are counted."""
    found = Table(expand=True, box=None, pad_edge=False)
    for name in ("Candidate", "Hall", "State"):
        found.add_column(name, no_wrap=True, overflow="ellipsis")
    for name in ("Answered", "Saved", "Left"):
        found.add_column(name, justify="right", no_wrap=True)
    found.add_column("Line", no_wrap=True)
    found.add_column("Trouble", overflow="fold")
    ordered = sorted_by_trouble(board.rows, board.connections)
    for row, trouble in ordered[:rows_max]:
        connection = board.connections.get(row.attempt)
        found.add_row(*cells(row, connection, trouble, now), style=_row_style(trouble))
    if len(ordered) > rows_max:
        found.caption = f"and {len(ordered) - rows_max} more"
    return found


def cells(row: Row, connection: Connection | None, trouble: Trouble, now: int) -> list[Text]:
    """One line of the table."""
    texts = (row.name or row.candidate, row.hall, row.state.replace("_", " "))
    numbers = (f"{row.answered}/{row.total}", ago(row.saved_at, now), left(row, now))
    return [
        *(Text(printable(text)) for text in texts),
        *(Text(number) for number in numbers),
        line(connection),
        Text(", ".join(trouble.reasons)),
    ]


def line(connection: Connection | None) -> Text:
    """How the connection is."""
    if connection is None:
        return Text("–", style="dim")
    rtt = "" if connection.rtt_ms is None else f" {connection.rtt_ms} ms"
    return Text(f"{connection.level}{rtt}", style=_STYLES.get(connection.level, ""))


def left(row: Row, now: int) -> str:
    """What is left of the time; it stands still while the clock does."""
    if row.deadline is None:
        return ""
    until = now if row.paused_since is None else row.paused_since
    return duration(max(0, row.deadline - until))


def ago(at: int | None, now: int) -> str:
    """How long ago something was."""
    return "" if at is None else duration(max(0, now - at))


def duration(ms: int) -> str:
    """Hours, minutes and seconds, as on a clock."""
    hours, rest = divmod(ms // 1_000, 3_600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def happening(what: Happening, board: Board) -> Text:
    """A line on something that happened."""
    row = board.rows.get(what.attempt)
    who = what.attempt if row is None else row.name or row.candidate
    match what:
        case Signal():
            said = f"signal {what.signal} {what.detail}"
        case Hand():
            said = f"hand {'raised' if what.raised else 'down'} {what.text}"
        case _:
            said = "has read a message"
    return Text(printable(f"{who}: {said}".rstrip()), style="cyan")


def printable(text: str) -> str:
    """Text that moves no cursor and turns no line: what is not printable is shown as a dot."""
    return "".join(each if each.isprintable() else "·" for each in text)


def _row_style(trouble: Trouble) -> str:
    if trouble.weight >= SERIOUS:
        return "bold red"
    return "yellow" if trouble.weight else ""
