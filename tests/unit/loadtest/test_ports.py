"""Ports and URLs of a drill."""

import socket
import subprocess
import sys

import pytest

from loadtest import ports
from loadtest.ports import (
    LOOPBACK,
    PORTS,
    NoPort,
    free_port,
    password_of,
    port_of,
    through,
    with_path,
)


def test_a_free_port_can_be_listened_on_and_is_none_of_the_ephemeral_ones() -> None:
    port = free_port()
    assert port in PORTS
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((LOOPBACK, port))


def test_nobody_else_is_given_a_port_before_somebody_listens_on_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = free_port()
    asking = f"import loadtest.ports as p; p.PORTS = [{ours}]; p.TRIES = 3; p.free_port()"
    other = subprocess.run([sys.executable, "-c", asking], check=False, stderr=subprocess.PIPE)
    assert b"NoPort" in other.stderr
    monkeypatch.setattr(ports, "PORTS", range(ours, ours + 1))
    with pytest.raises(NoPort):
        free_port()
    ports.give_back()
    assert free_port() == ours


def test_a_url_leads_through_a_proxy_with_everything_else_as_it_was() -> None:
    assert through("redis://:pass@127.0.0.1:6379/0", 12_001) == "redis://:pass@127.0.0.1:12001/0"
    url = "postgresql://examsync:p@127.0.0.1:5432/examsync"
    assert (port_of(url), password_of(url)) == (5432, "p")
    assert with_path(url, "/row_1") == "postgresql://examsync:p@127.0.0.1:5432/row_1"
