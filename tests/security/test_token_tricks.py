"""Tokens made to be misread (E15; RFC 8725 and the attacks it names): at every door the same no."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from protocol.types import Role
from tests.edge.clients import Client
from tests.edge.house import EXAM, SECRET, House
from tests.edge.offices import client, problem
from tests.edge.rooms_to_let import Enter, Open
from tests.security.test_outside_tokens import open_house, publisher
from tests.services import idp

__all__ = ["open_house", "publisher"]
HEADER: dict[str, Any] = {"alg": "HS256", "typ": "JWT", "kid": "1"}
DAY_S = 86_400
Said = dict[str, Any]


def text(node: Any) -> str:
    """A part of a token."""
    data = node if isinstance(node, bytes) else json.dumps(node).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def made(said: Said, key: bytes = SECRET.encode(), **header: Any) -> str:
    """A token signed with a key as HS256 does, whatever its header says."""
    signed = f"{text({**HEADER, **header})}.{text(said)}"
    return f"{signed}.{text(hmac.new(key, signed.encode(), hashlib.sha256).digest())}"


def with_header(**header: Any) -> Callable[[Said], str]:
    """Signed with our key, with this in its header."""
    return lambda said: made(said, **header)


def without_signature(alg: str) -> Callable[[Said], str]:
    """Not signed at all."""
    return lambda said: f"{text({**HEADER, 'alg': alg})}.{text(said)}."


def cut(token: str, to: int) -> str:
    """With a shorter signature."""
    return token[: token.rindex(".") + 1 + to]


TRICKS: dict[str, Callable[[Said], str]] = {
    **{f"alg {alg}": without_signature(alg)
       for alg in ("none", "None", "NONE", "nOnE", "", " none", "HS256")},
    "alg none, signed": lambda said: made(said, alg="none"),
    "alg is a list": lambda said: made(said, alg=["HS256"]),
    "alg is missing": lambda said: f"{text({'kid': '1'})}.{text(said)}.{text(b'x' * 32)}",
    **{f"signed as HS256, called {alg}": with_header(alg=alg)
       for alg in ("RS256", "ES256", "EdDSA", "HS384", "HS512", "PS256", "dir")},
    **{f"kid {kid!r}"[:40]: with_header(kid=kid)
       for kid in ("", "0", "2", "../../../../dev/null", "1' OR '1'='1", "1\x00", "1 ", 1, None,
                   ["1"], {"1": 1}, "k" * 9_000, "http://127.0.0.1/k")},
    "a kid of nothing, signed with nothing": lambda said: made(said, b"", kid="../../dev/null"),
    **{f"header {name}": with_header(**{name: value})
       for name, value in {
           "jwk": {"kty": "oct", "k": text(SECRET.encode())}, "jku": "https://evil.example/k",
           "x5u": "https://evil.example/c", "x5c": ["x"], "crit": ["exp"], "b64": False,
           "zip": "DEF", "cty": "JWT", "enc": "A256GCM",
       }.items()},
    "an empty key": lambda said: made(said, b""),
    "the kid as key": lambda said: made(said, b"1"),
    "a signature cut short": lambda said: cut(made(said), 20),
    "no signature": lambda said: cut(made(said), 0),
    "two parts": lambda said: made(said).rpartition(".")[0],
    "four parts": lambda said: made(said) + ".x",
    "five parts": lambda said: made(said) + ".x.y",
    "a claim added behind": lambda said: made(said).replace(".", "." + text({"role": "admin"}), 1),
    "another issuer": lambda said: made({**said, "iss": "somebody"}),
    "no issuer": lambda said: made({k: v for k, v in said.items() if k != "iss"}),
    "an audience that contains ours": lambda said: made({**said, "aud": "examsync2"}),
    "no audience": lambda said: made({**said, "aud": []}),
    "no expiry": lambda said: made({k: v for k, v in said.items() if k != "exp"}),
    "an expiry in words": lambda said: made({**said, "exp": "never"}),
    "an expiry of null": lambda said: made({**said, "exp": None}),
    "an expiry in ages": lambda said: made({**said, "exp": said["exp"] + 365_000 * DAY_S}),
    "a life longer than a month": lambda said: made({**said, "exp": said["iat"] + 40 * DAY_S}),
    "issued tomorrow": lambda said: made({**said, "iat": said["iat"] + DAY_S,
                                          "exp": said["iat"] + 2 * DAY_S}),
    "of another type": lambda said: made({**said, "typ": "id"}),
    "no type": lambda said: made({k: v for k, v in said.items() if k != "typ"}),
    "two roles": lambda said: made({**said, "role": ["candidate", "admin"]}),
    "a role in capitals": lambda said: made({**said, "role": "ADMIN"}),
    "a subject that is no id": lambda said: made({**said, "sub": "as ha"}),
    "no subject": lambda said: made({k: v for k, v in said.items() if k != "sub"}),
    "a subject of null": lambda said: made({**said, "sub": None}),
    "claims that are a list": lambda said: made([said]),  # type: ignore[arg-type]
    "deep": lambda said: f"{text(b'[' * 4_000)}.{text(said)}.x",
    "too long": lambda said: made({**said, "name": "x" * 20_000}),
    "an API key that is none": lambda said: "esk_" + "A" * 40,
}  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
async def test_a_trick_is_refused_at_every_door(
    house: House, open_raw: Open, enter: Enter, trick: str
) -> None:
    said = jwt.decode(house.token("asha"), options={"verify_signature": False})
    token = TRICKS[trick](said)
    raw = await open_raw(house)
    for namespace in ("/exam", "/monitor"):
        frame = await raw.enter(namespace, {"token": token, "client": {"instance": "i"}})
        refusal = json.loads(frame.removeprefix(f"44{namespace},"))["data"]
        assert refusal["code"] in ("unauthorized", "bad_request")
        assert token not in frame
    async with client(house, token) as http:
        for path in ("/me", "/admin/exams", "/my/exams"):
            assert problem(await http.get(path)) == (401, "unauthorized")
        assert problem(await http.post("/sign-in/renew")) == (401, "unauthorized")
    seated = await enter(house, "asha")
    assert await seated.refused("reauth", {"token": token}) in ("unauthorized", "bad_request")
    assert (await seated.join())["attempt"]


async def test_what_is_tricked_with_is_a_good_token_otherwise(house: House) -> None:
    said = jwt.decode(house.token("asha"), options={"verify_signature": False})
    async with client(house, made(said)) as http:
        assert (await http.get("/me")).json()["subject"] == "asha"


PUBLIC = idp.RSA.public_key()
FORMS = {
    "PEM": PUBLIC.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ),
    "PKCS 1": PUBLIC.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1),
    "DER": PUBLIC.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    ),
    "JWK": json.dumps(idp.published("RS256", "k1")).encode(),
}


@pytest.mark.parametrize("form", FORMS)
async def test_a_public_key_signs_nothing(open_house: House, form: str) -> None:
    """The best known trick: HS256 with what everybody can read of an RSA issuer as the secret."""
    now = open_house.app.clock.now()
    for role in ("student", "teacher"):
        said = idp.claims(now, role=role)
        for key in (FORMS[form], FORMS[form].strip(), FORMS[form].rstrip(b"\n") + b"\n"):
            for kid in ("k1", "1"):
                async with client(open_house, made(said, key, kid=kid)) as http:
                    assert problem(await http.get("/me")) == (401, "unauthorized")
    eva = Client(open_house, "eva", Role.EXAMINER)
    good = idp.token(idp.claims(now, sub="eva", role="teacher"))
    await eva.connect(token=good)
    await eva.ok("watch", {"exam": EXAM})
    await eva.leave()
