"""One example of everything that travels, by the path of its message. For documents and tests."""

from typing import Any

from protocol.examples import candidate, examiner, http, log


def examples() -> dict[str, Any]:
    """Values of the protocol's Structs (`answer.list` are lists of them), by `Said.path`."""
    return {
        **candidate.CONNECT,
        **_under("exam/client", candidate.CLIENT),
        **_under("exam/ack", candidate.ACK),
        **_under("exam/server", candidate.SERVER),
        **_under("monitor/client", examiner.CLIENT),
        **_under("monitor/ack", examiner.ACK),
        **_under("monitor/server", examiner.SERVER),
        **_under("log/fact", log.LOG),
        **_under("http/request", http.REQUESTS),
        **_under("http/response", http.RESPONSES),
    }


def _under(folder: str, named: dict[str, Any]) -> dict[str, Any]:
    return {f"{folder}/{name}": value for name, value in named.items()}
