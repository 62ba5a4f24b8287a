"""Settings that say whom to believe: each way of being careless is named."""

from typing import Any

import msgspec
import pytest
from msgspec import structs

from examsync.config import load_config
from examsync.settings import Auth, Issuer
from examsync.sources import BadConfig
from examsync.trusting import issuer_faults, origin_faults
from protocol.types import Role

SECRET = "s" * 40
SHARED = Issuer("https://lms", "examsync", ("HS256",), {"*": Role.CANDIDATE}, secret="x" * 32)
PUBLIC = Issuer(
    "https://idp", "examsync", ("RS256", "EdDSA"), {"*": Role.CANDIDATE}, jwks_url="https://idp/k"
)


def faults(*issuers: Issuer) -> list[str]:
    return issuer_faults(Auth(secret=SECRET, receipt_secret="r" * 40, issuers=issuers))


@pytest.mark.parametrize(
    "issuer",
    [
        SHARED,
        PUBLIC,
        structs.replace(PUBLIC, jwks_url="", jwks_file="/etc/keys.json"),
        structs.replace(PUBLIC, jwks_url="http://127.0.0.1:9/keys"),
        structs.replace(PUBLIC, jwks_url="http://[::1]/keys"),
    ],
)
def test_what_is_in_order_has_no_fault(issuer: Issuer) -> None:
    assert faults(issuer) == []


@pytest.mark.parametrize(
    ("issuer", "said"),
    [
        (structs.replace(PUBLIC, jwks_url=""), "exactly one"),
        (structs.replace(PUBLIC, jwks_file="/k"), "exactly one"),
        (structs.replace(PUBLIC, algorithms=("RS256", "HS256")), "stands alone"),
        (structs.replace(PUBLIC, algorithms=("HS256",)), "belong together"),
        (structs.replace(SHARED, algorithms=("RS256",)), "belong together"),
        (structs.replace(SHARED, secret="short"), "32 bytes"),
        (structs.replace(SHARED, secret=SECRET), "one of our own"),
        (structs.replace(SHARED, secret="r" * 40), "one of our own"),
        (structs.replace(PUBLIC, jwks_url="http://idp/k"), "https://"),
        (structs.replace(PUBLIC, jwks_url="http://127.0.0.1.evil.example/k"), "https://"),
        (structs.replace(PUBLIC, jwks_url="file:///etc/passwd"), "https://"),
        (structs.replace(PUBLIC, jwks_url="https://"), "https://"),
        (structs.replace(PUBLIC, jwks_url="https://idp:0/k"), "https://"),
        (structs.replace(PUBLIC, issuer="examsync"), "twice"),
    ],
)
def test_each_carelessness_is_named(issuer: Issuer, said: str) -> None:
    assert any(said in fault for fault in faults(issuer))
    assert all(fault.startswith("auth.issuers") for fault in faults(issuer))
    assert not any(SECRET in fault or "short" in fault for fault in faults(issuer))


def test_two_of_one_name_are_a_fault() -> None:
    assert any("twice" in fault for fault in faults(PUBLIC, PUBLIC))


SAID: dict[str, Any] = {
    "issuer": "https://lms",
    "audience": "examsync",
    "algorithms": ["HS256"],
    "roles": {"*": "candidate"},
    "secret": "x" * 32,
}


def test_issuers_come_from_a_file_or_from_the_environment_as_json() -> None:
    environ = {"EXAMSYNC_AUTH_ISSUERS": msgspec.json.encode([SAID]).decode()}
    assert load_config(None, environ, {}).auth.issuers == (SHARED,)


@pytest.mark.parametrize(
    "wrong", [{"algoritms": ["none"]}, {"algorithms": ["none"]}, {"roles": {}}, {"life_s_max": 0}]
)
def test_what_an_issuer_cannot_say_is_refused_without_its_secret(wrong: dict[str, Any]) -> None:
    environ = {"EXAMSYNC_AUTH_ISSUERS": msgspec.json.encode([{**SAID, **wrong}]).decode()}
    with pytest.raises(BadConfig) as caught:
        load_config(None, environ, {})
    assert "auth.issuers" in str(caught.value)
    assert "x" * 32 not in str(caught.value)


@pytest.mark.parametrize(
    "origin", ["https://exams.example", "http://localhost:5173", "https://[::1]:8", "https://x/"]
)
def test_origins_that_browsers_send_are_in_order(origin: str) -> None:
    assert origin_faults((origin,)) == []


@pytest.mark.parametrize(
    "origin",
    ["*", "null", "", "exams.example", "https://", "https://a/b", "https://u@a", "ftp://a"],
)
def test_an_origin_that_no_browser_sends_is_a_fault(origin: str) -> None:
    (fault,) = origin_faults((origin,))
    assert fault.startswith("server.origins")
    with pytest.raises(BadConfig, match=r"server\.origins"):
        load_config(None, {}, {"server.origins": [origin]})
