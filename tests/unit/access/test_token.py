"""Tokens: what is issued verifies, and nothing else does."""

import hashlib
import hmac
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.access.token import (
    EXAMS_MAX,
    HALLS_MAX,
    TOKEN_BYTES_MAX,
    TOKEN_LIFE_MS_MAX,
    Keys,
    issue,
    verify,
)
from examsync.errors import ExamError
from protocol.problems import Code
from protocol.types import Role
from tests.unit.access.forge import ANNA, CLAIMS, HEADER, KEY, KEYS, NOW, b64, signed, token


def refusal(text: str, keys: Keys = KEYS, now: int = NOW) -> ExamError:
    with pytest.raises(ExamError) as caught:
        verify(text, keys, now)
    return caught.value


def test_an_issued_token_gives_the_same_identity_back() -> None:
    assert verify(issue(ANNA, KEYS), KEYS, NOW) == ANNA


def test_an_examiner_keeps_exams_and_halls() -> None:
    examiner = msgspec.structs.replace(
        ANNA, role=Role.EXAMINER, exams=frozenset({"a", "b"}), halls=frozenset({"Hall 1", "Süd"})
    )
    assert verify(issue(examiner, KEYS), KEYS, NOW) == examiner


def test_a_token_made_by_other_software_with_whole_seconds_verifies() -> None:
    identity = verify(token(iat=1_763_714_800, exp=1_763_714_900, name="Анна"), KEYS, NOW)
    assert identity.issued_at == 1_763_714_800_000
    assert identity.expires_at == 1_763_714_900_000
    assert identity.name == "Анна"


def test_claims_that_are_not_ours_are_ignored() -> None:
    assert verify(token(picture="https://example.org/a.png"), KEYS, NOW).subject == "cand-7"


def test_one_audience_among_several_is_enough() -> None:
    assert verify(token(aud=["lms", "examsync"]), KEYS, NOW).subject == "cand-7"


def test_a_token_without_kid_is_held_against_the_current_key() -> None:
    assert verify(token({"alg": "HS256"}), KEYS, NOW).subject == "cand-7"
    rotated = Keys("2027", {"2027": b"n" * 32, "2026": KEY})
    assert refusal(token({"alg": "HS256"}), rotated).code is Code.UNAUTHORIZED


def test_a_rotated_key_is_believed_until_it_leaves_the_ring() -> None:
    old = issue(ANNA, KEYS)
    rotated = Keys("2027", {"2027": b"n" * 32, "2026": KEY})
    assert verify(old, rotated, NOW) == ANNA
    assert verify(issue(ANNA, rotated), rotated, NOW) == ANNA
    assert refusal(old, Keys("2027", {"2027": b"n" * 32})).code is Code.UNAUTHORIZED


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", ""])
def test_alg_none_is_refused_with_and_without_a_signature(alg: str) -> None:
    body = json.dumps(CLAIMS).encode()
    bare = f"{b64(json.dumps({'alg': alg}).encode())}.{b64(body)}."
    assert refusal(bare).code is Code.UNAUTHORIZED
    assert refusal(signed({"alg": alg}, body)).code is Code.UNAUTHORIZED


@pytest.mark.parametrize("alg", ["HS384", "HS512", "RS256", "ES256", "PS256", "EdDSA", 7, None])
def test_every_other_algorithm_is_refused_even_when_the_signature_is_a_good_hmac(
    alg: object,
) -> None:
    body = json.dumps(CLAIMS).encode()
    assert refusal(signed({"alg": alg}, body)).code is Code.UNAUTHORIZED
    assert refusal(signed({"alg": alg}, body, digest="sha512")).code is Code.UNAUTHORIZED


@pytest.mark.parametrize(
    "kid",
    ["../../dev/null", "/etc/passwd", "2026' or '1'='1", "2026\x00", "", 0, None, ["2026"], {}],
)
def test_a_kid_is_a_name_in_the_ring_and_nothing_else(kid: object) -> None:
    header = {"alg": "HS256", "kid": kid}
    assert refusal(token(header)).code is Code.UNAUTHORIZED
    empty_key = signed(header, json.dumps(CLAIMS).encode(), key=b"")
    assert refusal(empty_key).code is Code.UNAUTHORIZED


def test_a_kid_of_another_key_does_not_verify() -> None:
    assert refusal(token({"alg": "HS256", "kid": "2025"})).code is Code.UNAUTHORIZED


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"b64": True},
        {"jku": "https://example.org/keys"},
        {"jwk": {"kty": "oct", "k": b64(KEY)}},
        {"x5u": "https://example.org/cert"},
        {"x5c": ["AA"]},
        {"zip": "DEF"},
    ],
)
def test_headers_that_ask_for_more_are_refused_though_the_signature_is_right(
    extra: dict[str, object],
) -> None:
    assert refusal(token(HEADER | extra)).code is Code.UNAUTHORIZED


def test_a_token_expires_when_the_leeway_is_used_up() -> None:
    end = ANNA.expires_at + KEYS.leeway_ms
    text = issue(ANNA, KEYS)
    assert verify(text, KEYS, end - 1) == ANNA
    assert refusal(text, now=end).code is Code.TOKEN_EXPIRED


def test_a_token_is_not_valid_before_its_time() -> None:
    soon = NOW / 1000 + 30
    assert verify(token(nbf=soon), KEYS, NOW).subject == "cand-7"
    assert refusal(token(nbf=soon + 0.01)).code is Code.UNAUTHORIZED
    assert verify(token(iat=soon), KEYS, NOW).subject == "cand-7"
    assert refusal(token(iat=soon + 0.01)).code is Code.UNAUTHORIZED


def test_no_token_lives_longer_than_a_month_or_ends_before_it_starts() -> None:
    month = TOKEN_LIFE_MS_MAX / 1000
    assert verify(token(exp=NOW / 1000 + month), KEYS, NOW).subject == "cand-7"
    assert refusal(token(exp=NOW / 1000 + month + 0.01)).code is Code.UNAUTHORIZED
    assert refusal(token(exp=NOW / 1000)).code is Code.UNAUTHORIZED


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("aud", "other"),
        ("aud", []),
        ("aud", ["examsyn", "examsync2"]),
        ("iss", "other"),
        ("iss", ""),
        ("typ", "refresh"),
        ("typ", "Access"),
    ],
)
def test_tokens_for_others_from_others_or_of_another_kind_are_refused(
    claim: str, value: object
) -> None:
    assert refusal(token(**{claim: value})).code is Code.UNAUTHORIZED


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "role", "typ", "jti", "iat", "exp"])
def test_no_claim_may_be_missing(claim: str) -> None:
    assert refusal(token(**{claim: None})).code is Code.UNAUTHORIZED


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("sub", ""),
        ("sub", 7),
        ("sub", "a" * 65),
        ("sub", "{tag}"),
        ("sub", "Ñ"),
        ("role", "root"),
        ("role", ["admin"]),
        ("exp", "2030"),
        ("exp", True),
        ("exp", -1),
        ("exp", 1e300),
        ("iat", [1]),
        ("nbf", "x"),
        ("name", "n" * 201),
        ("exams", "physics-1"),
        ("exams", ["*", ""]),
        ("exams", ["e"] * (EXAMS_MAX + 1)),
        ("halls", [1]),
    ],
)
def test_claims_of_the_wrong_shape_are_refused(claim: str, value: object) -> None:
    assert refusal(token(**{claim: value})).code is Code.UNAUTHORIZED


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "....",
        "garbage",
        "a.b.c",
        "é.é.é",
        "\x00.\x00.\x00",
        "\ud800.\ud800.\ud800",
        "🙂",
        "eyJhbGciOiJIUzI1NiJ9",
        "Bearer " + "x" * 100,
    ],
)
def test_garbage_is_refused_and_nothing_else_is_raised(text: str) -> None:
    assert refusal(text).code is Code.UNAUTHORIZED


@pytest.mark.parametrize(
    "payload",
    [b"", b"[]", b"null", b'"x"', b"{", b"\xff\xfe", b"[" * 3000, b'{"exp": NaN}', b"{}"],
)
def test_a_signed_payload_that_is_no_set_of_claims_is_refused(payload: bytes) -> None:
    assert refusal(signed(HEADER, payload)).code is Code.UNAUTHORIZED


@pytest.mark.parametrize("header", [[], None, 7, "HS256", {}])
def test_a_header_that_is_no_header_is_refused(header: object) -> None:
    assert refusal(signed(header, json.dumps(CLAIMS).encode())).code is Code.UNAUTHORIZED


def test_an_oversized_token_is_refused_before_it_is_parsed() -> None:
    assert "longer than" in refusal("a" * (TOKEN_BYTES_MAX + 1)).problem.detail


def test_every_single_changed_character_breaks_the_token() -> None:
    text = issue(ANNA, KEYS)
    last = len(text) - 1  # its low bits are padding, which the library checks as well
    for at in range(len(text)):
        for other in "A_" if at < last else "ABCDEFGH":
            if other != text[at]:
                assert refusal(text[:at] + other + text[at + 1 :]).code is Code.UNAUTHORIZED


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_bytes_under_a_right_signature_raise_anything_but_a_refusal(
    header: bytes, payload: bytes
) -> None:
    signing = f"{b64(header)}.{b64(payload)}"
    mac = hmac.new(KEY, signing.encode(), hashlib.sha256).digest()
    assert refusal(f"{signing}.{b64(mac)}").code is Code.UNAUTHORIZED


def test_a_refusal_quotes_neither_the_token_nor_a_key() -> None:
    for text in (token(aud="other"), token(sub="{secret-sub}"), token({"alg": "none"}), "kkkk.kk"):
        said = f"{refusal(text)!r} {refusal(text).problem}"
        assert text not in said
        assert "secret-sub" not in said
        assert KEY.decode() not in said


def test_a_weak_or_incomplete_ring_is_refused_without_showing_a_key() -> None:
    with pytest.raises(ValueError, match="'b' has 31 bytes") as caught:
        Keys("a", {"a": KEY, "b": b"s" * 31})
    assert "sss" not in str(caught.value)
    with pytest.raises(ValueError, match="not in the ring"):
        Keys("c", {"a": KEY})


def test_an_identity_that_would_be_refused_is_not_issued() -> None:
    for bad in (
        msgspec.structs.replace(ANNA, subject="not an id"),
        msgspec.structs.replace(ANNA, expires_at=NOW),
        msgspec.structs.replace(ANNA, expires_at=NOW + TOKEN_LIFE_MS_MAX + 1),
        msgspec.structs.replace(ANNA, exams=frozenset(f"e{n}" for n in range(EXAMS_MAX + 1))),
    ):
        with pytest.raises(ValueError, match="cannot be put in a token"):
            issue(bad, KEYS)


def test_the_largest_scope_fits_into_a_token() -> None:
    wide = msgspec.structs.replace(
        ANNA,
        exams=frozenset(f"{n:03d}".ljust(64, "x") for n in range(EXAMS_MAX)),
        halls=frozenset(f"{n:03d}".ljust(64, "x") for n in range(HALLS_MAX)),
    )
    text = issue(wide, KEYS)
    assert len(text) <= TOKEN_BYTES_MAX
    assert verify(text, KEYS, NOW) == wide
