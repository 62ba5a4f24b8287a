"""Log lines: their shape on a terminal and off it, their bounds, and what never appears in them."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from examsync.infra.log import FIELD_CHARS_MAX, FIELDS_MAX, TRACEBACK_CHARS_MAX, configure, logger
from examsync.settings import Log, LogFormat, LogLevel
from tests.unit.access.forge import ANNA, token


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Logging is global: what a test configures, it takes back."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def stream() -> io.StringIO:
    stream = io.StringIO()
    configure(Log(), stream)
    return stream


def test_a_line_is_json_when_nobody_watches(stream: io.StringIO) -> None:
    logger("examsync.test").info("flush was slow", attempt="a-1", took_ms=12, late=True)
    (line,) = lines(stream)
    assert line.pop("ts").endswith("Z")
    assert line == {
        "event": "flush was slow",
        "level": "info",
        "logger": "examsync.test",
        "attempt": "a-1",
        "took_ms": 12,
        "late": True,
    }


def test_a_line_is_pretty_on_a_terminal_unless_json_is_asked_for() -> None:
    for terminal, form, pretty in [
        (Terminal(), LogFormat.AUTO, True),
        (Terminal(), LogFormat.JSON, False),
        (io.StringIO(), LogFormat.PRETTY, True),
        (io.StringIO(), LogFormat.AUTO, False),
    ]:
        configure(Log(format=form), terminal)
        logger("x").warning("hello", attempt="a-1")
        assert terminal.getvalue().startswith("{") is not pretty
        assert ("\x1b[" in terminal.getvalue()) is (pretty and terminal.isatty())


def test_lines_below_the_level_are_not_written() -> None:
    stream = io.StringIO()
    configure(Log(level=LogLevel.WARNING), stream)
    logger("x").info("no")
    logger("x").warning("yes")
    logging.getLogger("library").info("no")
    assert [line["event"] for line in lines(stream)] == ["yes"]


def test_libraries_that_use_logging_come_out_in_the_same_shape(stream: io.StringIO) -> None:
    logging.getLogger("asyncio").error("task %s failed", "sweep")
    (line,) = lines(stream)
    assert (line["event"], line["level"], line["logger"]) == (
        "task sweep failed",
        "error",
        "asyncio",
    )


def test_what_is_bound_to_the_context_is_in_every_line(stream: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(connection="c-1"):
        logger("x").info("a")
    logger("x").info("b")
    assert ["connection" in line for line in lines(stream)] == [True, False]


def test_values_and_fields_are_bounded(stream: io.StringIO) -> None:
    logger("x").info("e" * 5_000, long="v" * 100_000, many=list(range(10_000)))
    logger("x").info("e", **{f"f{n}": n for n in range(1_000)})
    first, second = lines(stream)
    assert len(first["event"]) == len(first["long"]) == len(first["many"]) == FIELD_CHARS_MAX + 1
    assert first["long"].endswith("…")
    assert len(second) == FIELDS_MAX + 1
    assert second["fields_left_out"] > 900


def test_an_exception_is_told_with_its_end_and_without_its_secrets(stream: io.StringIO) -> None:
    try:
        raise ValueError("bad token " + token() + "x" * 20_000 + " the end")
    except ValueError:
        logger("x").exception("failed")
    (line,) = lines(stream)
    assert len(line["exception"]) <= TRACEBACK_CHARS_MAX
    assert line["exception"].endswith("the end")
    try:
        raise ValueError(token())
    except ValueError:
        logger("x").exception("failed")
    shown = lines(stream)[1]["exception"]
    assert "Traceback" in shown
    assert token() not in shown


@pytest.mark.parametrize("form", [LogFormat.JSON, LogFormat.PRETTY])
def test_an_exception_of_a_library_is_told_once_and_without_its_secrets(form: LogFormat) -> None:
    stream = io.StringIO()
    configure(Log(format=form), stream)
    try:
        raise ValueError(token())
    except ValueError:
        logging.getLogger("asyncio").exception("task failed")
    assert stream.getvalue().count("Traceback") == 1
    assert token() not in stream.getvalue()
    if form is LogFormat.JSON:
        assert "ValueError" in lines(stream)[0]["exception"]


@pytest.mark.parametrize("form", [LogFormat.JSON, LogFormat.PRETTY])
def test_no_secret_is_ever_written(form: LogFormat) -> None:
    stream = io.StringIO()
    configure(Log(format=form), stream)
    jwt = token()
    log = logger("x")
    log.info(f"connected with {jwt}", header={"authorization": f"Bearer {jwt}"}, path=f"/x?t={jwt}")
    log.info("x", token="hush-1", Authorization="hush-2", set_cookie="hush-3", my_secret="hush-4")
    log.info("x", password_hash="hush-5", receipt="hush-6", url="redis://ann:hush-7@host/0")
    log.info("GET /live?token=hush-8&x=1", nested=[{"note": "Bearer hush-9"}])
    logging.getLogger("uvicorn.error").warning("GET /x?password=hush-10 from %s", jwt)
    written = stream.getvalue()
    assert "hush" not in written
    assert jwt not in written
    assert jwt.split(".")[1] not in written
    assert "host/0" in written
    assert "x=1" in written


def test_an_identity_may_be_logged(stream: io.StringIO) -> None:
    logger("x").info("joined", who=ANNA)
    assert "cand-7" in lines(stream)[0]["who"]


@pytest.mark.parametrize("form", [LogFormat.JSON, LogFormat.PRETTY])
def test_a_value_cannot_forge_a_line_or_move_the_cursor(form: LogFormat) -> None:
    stream = io.StringIO()
    configure(Log(format=form), stream)
    logger("x").info("a\n{}", name="Eve\r\n2026 error all is lost\x1b[2J\x00\u202e", odd="\ud800")
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b[2J" not in stream.getvalue()
    assert "Eve" in stream.getvalue()
    stream.getvalue().encode()


def test_configuring_again_replaces_what_was_there(stream: io.StringIO) -> None:
    second = io.StringIO()
    configure(Log(), second)
    logger("x").info("once")
    assert stream.getvalue() == ""
    assert len(lines(second)) == 1


def test_every_packet_of_the_socket_libraries_is_too_much(stream: io.StringIO) -> None:
    logging.getLogger("engineio.server").info("packet")
    logging.getLogger("uvicorn.access").info("GET /")
    logging.getLogger("socketio.server").warning("odd")
    assert [line["event"] for line in lines(stream)] == ["odd"]
