"""Key sets of other issuers: what can verify is taken, everything else is left out or refused."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from examsync.access.jwks import KEYS_MAX, NoKeys, choose, read

ALL = ("RS256", "ES256", "EdDSA")
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
JWKS: dict[str, dict[str, Any]] = {
    "RS256": RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True),
    "ES256": ECAlgorithm.to_jwk(EC.public_key(), as_dict=True),
    "EdDSA": OKPAlgorithm.to_jwk(ED.public_key(), as_dict=True),
}


def document(*keys: object) -> bytes:
    return json.dumps({"keys": keys}).encode()


@pytest.mark.parametrize("algorithm", ALL)
def test_a_key_is_for_the_one_algorithm_of_its_kind(algorithm: str) -> None:
    (key,) = read(document({**JWKS[algorithm], "kid": "k", "use": "sig"}), ALL)
    assert (key.kid, key.algorithm) == ("k", algorithm)
    others = tuple(each for each in ALL if each != algorithm)
    with pytest.raises(NoKeys, match="none of its keys"):
        read(document(JWKS[algorithm]), others)


def test_only_the_public_part_of_a_key_is_taken() -> None:
    whole = {**RSAAlgorithm.to_jwk(RSA, as_dict=True), "key_ops": ["sign", "verify"]}
    (key,) = read(document(whole), ALL)
    assert type(key.key).__name__ == "RSAPublicKey"


@pytest.mark.parametrize(
    "key",
    [
        {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
        {**JWKS["RS256"], "use": "enc"},
        {**JWKS["RS256"], "alg": "RS512"},
        {**JWKS["RS256"], "alg": "HS256"},
        {**JWKS["RS256"], "key_ops": ["encrypt"]},
        {**JWKS["RS256"], "kid": 7},
        {**JWKS["RS256"], "kid": ""},
        {**JWKS["RS256"], "n": "AQAB"},
        {**JWKS["RS256"], "n": "!"},
        {**JWKS["ES256"], "crv": "P-384"},
        {**JWKS["ES256"], "x": "AAAA"},
        {**JWKS["EdDSA"], "crv": "X25519"},
        {**JWKS["EdDSA"], "x": "AAAA"},
        {"kty": "RSA"},
        {},
        [],
        None,
        RSAAlgorithm.to_jwk(
            rsa.generate_private_key(65537, 1024).public_key(),
            as_dict=True,
        ),
    ],
)
def test_what_cannot_verify_is_left_out(key: object) -> None:
    with pytest.raises(NoKeys, match="none of its keys"):
        read(document(key), ALL)
    (left,) = read(document(key, {**JWKS["EdDSA"], "kid": "good"}), ALL)
    assert left.kid == "good"


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b'{"keys":7}', b"\xff", b"<html>", b'{"keys":' + b"[" * 100_000]
)
def test_what_is_no_key_set_is_refused_without_being_quoted(text: bytes) -> None:
    with pytest.raises(NoKeys, match="no JSON Web Key Set"):
        read(text, ALL)


def test_two_keys_of_one_name_and_far_too_many_are_refused() -> None:
    with pytest.raises(NoKeys, match="same kid"):
        read(document({**JWKS["EdDSA"], "kid": "k"}, {**JWKS["ES256"], "kid": "k"}), ALL)
    with pytest.raises(NoKeys, match="more than"):
        read(document(*[{}] * (KEYS_MAX + 1)), ALL)


def test_a_key_is_chosen_by_its_name_and_only_for_its_algorithm() -> None:
    keys = read(document(*({**jwk, "kid": name} for name, jwk in JWKS.items())), ALL)
    for name in ALL:
        chosen = choose(keys, name, name)
        assert chosen is not None
        assert chosen.kid == name
    assert choose(keys, "RS256", "ES256") is None
    assert choose(keys, "../../dev/null", "RS256") is None


def test_without_a_name_it_is_the_only_key_there_is_for_the_algorithm() -> None:
    one, two = {**JWKS["EdDSA"], "kid": "1"}, {**JWKS["EdDSA"], "kid": "2"}
    assert choose(read(document(one), ALL), None, "EdDSA") is not None
    assert choose(read(document(one, two), ALL), None, "EdDSA") is None
    assert choose(read(document(one), ALL), None, "RS256") is None
