"""Log lines: JSON when a machine reads them, pretty on a terminal; bounded, and never a token.

`configure` is called once per process by the commands; everybody else asks for a `logger`.
Libraries that use the standard `logging` come out in the same shape.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor

from examsync.settings import Log, LogFormat

FIELDS_MAX = 32
FIELD_CHARS_MAX = 1_000
TRACEBACK_CHARS_MAX = 8_000
"""The end is kept: it names the exception."""

QUIET = ("engineio", "socketio", "websockets", "uvicorn.access")
"""These log every packet or request at `info`; the door counts and times them already."""

_SECRET_NAMES = re.compile(r"token|secret|password|authorization|cookie|receipt|hash$", re.I)
_SECRETS = re.compile(
    r"eyJ[\w-]{4,}\.[\w-]+\.?[\w-]*"  # a JSON Web Token
    r"|\b(?:esk|whsec)_[\w+/=-]{8,}"  # an API key, the secret of a webhook
    r"|(?<=://)[^/\s@]*:[^/\s]*(?=@)"  # user:password in a URL
    r"|(?<=Bearer )\S+"
    r"|(?:(?<=token=)|(?<=secret=)|(?<=password=))[^&\s\"']+"
)
_HIDDEN = "***"


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger: `log.warning("what happened", attempt=id, took_ms=3)`. Give it `__name__`."""
    found: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return found


def configure(settings: Log, stream: TextIO | None = None) -> None:
    """Send everything, ours and the libraries', to `stream` (standard error) from now on."""
    stream = stream or sys.stderr
    pretty = settings.format is LogFormat.PRETTY or (
        settings.format is LogFormat.AUTO and stream.isatty()
    )
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.format_exc_info,
        bounded,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _pretty(stream) if pretty else _json,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def bounded(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A processor: few fields, short values, one line each, secrets masked by name and by look."""
    own = {key: value for key, value in event.items() if key.startswith("_")}  # structlog's own
    told = [key for key in event if key not in own]
    kept: MutableMapping[str, Any] = {
        key[:FIELD_CHARS_MAX]: _value(key, event[key]) for key in told[:FIELDS_MAX]
    }
    if len(told) > FIELDS_MAX:
        kept["fields_left_out"] = len(told) - FIELDS_MAX
    return {**kept, **own}


def _value(key: str, value: object) -> object:
    if isinstance(value, bool | int | float | None):
        return value
    if _SECRET_NAMES.search(key):
        return _HIDDEN
    text = value if isinstance(value, str) else repr(value)
    if key == "exception":
        return _printable(_masked(text[-TRACEBACK_CHARS_MAX:]), "\n")
    cut = _masked(text[:FIELD_CHARS_MAX])
    return _printable(cut) + ("…" if len(text) > FIELD_CHARS_MAX else "")


def _masked(text: str) -> str:
    return _SECRETS.sub(_HIDDEN, text)


def _printable(text: str, besides: str = "") -> str:
    """Escapes for what would move the cursor, forge a line, or not encode at all."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each in besides else each.encode("unicode_escape").decode()
        for each in text
    )


def _json(_logger: Any, _method: str, event: EventDict) -> str:
    return msgspec.json.encode(event).decode()


def _pretty(stream: TextIO) -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(),
        timestamp_key="ts",
        exception_formatter=structlog.dev.plain_traceback,
    )
