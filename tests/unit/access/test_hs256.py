"""What is said of a token is what pyjwt says of it."""

import base64

import jwt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from examsync.access.hs256 import HEADER_CHARS_MAX, HEADERS_MAX, Jws
from tests.unit.access.forge import KEY, token

OURS = Jws()
THEIRS = jwt.PyJWS(algorithms=["HS256"], options={"enforce_minimum_key_length": True})


def said(jws: jwt.PyJWS, text: bytes | str, key: bytes = KEY) -> object:
    """The payload, or why there is none."""
    try:
        return jws.decode(text, key, ["HS256"])
    except jwt.PyJWTError as error:
        return type(error), str(error)


def segment(jws: type[jwt.PyJWS], text: bytes) -> object:
    try:
        return jws._decode_base64url_segment(text, "payload")
    except jwt.PyJWTError as error:
        return str(error)


@given(st.binary(max_size=40) | st.binary(max_size=40).map(base64.urlsafe_b64encode))
@example(b"QQ")
@example(b"QR")  # bits left over
@example(b"QQ==")
@example(b"Q+/=")
@example(b"Q\nQ=")
@example("ää".encode())
def test_a_segment_is_read_as_pyjwt_reads_it(text: bytes) -> None:
    for one in (text, text.rstrip(b"=")):
        assert segment(Jws, one) == segment(jwt.PyJWS, one)


@given(st.text(max_size=60) | st.integers(0, 400).map(lambda at: token()[:at]))
def test_a_text_that_is_no_token_is_refused_as_pyjwt_refuses_it(text: str) -> None:
    assert said(OURS, text.encode()) == said(THEIRS, text.encode())


def test_a_good_token_is_read_and_one_with_another_key_is_not() -> None:
    assert said(OURS, token()) == said(THEIRS, token())
    assert said(OURS, token(), b"x" * 32) == said(THEIRS, token(), b"x" * 32)
    assert isinstance(said(OURS, token()), bytes)


@pytest.mark.parametrize(
    "key", [b"short", b"", b"-----BEGIN PUBLIC KEY-----" * 2, b'{"kty": "oct", "k": "' + b"a" * 32]
)
def test_a_key_that_cannot_be_a_secret_is_refused_each_time(key: bytes) -> None:
    for _ in range(2):
        assert said(OURS, token(), key) == said(THEIRS, token(), key)


@given(st.integers(0, 3 * HEADERS_MAX))
def test_headers_are_those_of_the_token_also_when_many_are_known(number: int) -> None:
    header = {"alg": "HS256", "kid": f"key-{number}"}
    assert OURS.header(token(header)) == header
    assert OURS.header(token(header | {"kid": "k" * HEADER_CHARS_MAX}))["kid"][0] == "k"


def test_a_header_that_is_none_is_refused() -> None:
    for text in ("", ".", "..", "a.b.c", "e30", "W10.a.b"):
        for _ in range(2):
            try:
                OURS.header(text)
            except jwt.PyJWTError:
                continue
            assert text == "e30", "an empty object, which `token` then refuses"
