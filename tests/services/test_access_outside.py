"""What tokens of other issuers may say, what is made of it, and every way of lying with one."""

import base64
import hashlib
import hmac
import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import structs

from examsync.access.service import outside
from examsync.access.token import TOKEN_BYTES_MAX, Identity
from examsync.errors import ExamError
from examsync.settings import Issuer
from protocol.problems import Code
from protocol.types import Role
from tests.services import idp
from tests.unit.access.forge import NOW

SECRET = "shared with the learning platform, 32 bytes"
PUBLIC = Issuer(idp.NAME, "examsync", ("RS256", "ES256"), idp.ROLES, jwks_url="https://idp/k")
SHARED = Issuer(idp.NAME, "examsync", ("HS256",), idp.ROLES, secret=SECRET)
DAY_S = 86_400


def identify(token: str, issuer: Issuer = PUBLIC, key: Any = None) -> Identity:
    """As a door does, with the right key."""
    header = outside.header_of(token, issuer)
    public = {name: private.public_key() for name, private in idp.PRIVATE.items()}
    key = key or (issuer.secret.encode() if issuer.secret else public[header.algorithm])
    payload = outside.verified(token, key, header, issuer)
    return outside.identity_of(payload, issuer, NOW, 30_000)


def code(token: str, issuer: Issuer = PUBLIC) -> Code:
    with pytest.raises(ExamError) as caught:
        identify(token, issuer)
    assert not token or token not in str(caught.value)
    assert SECRET not in str(caught.value)
    return caught.value.code


def said(issuer: Issuer = PUBLIC, /, **changes: Any) -> Identity:
    """Who a token with these claims speaks for."""
    return identify(idp.token(idp.claims(NOW, **changes)), issuer)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


# --- what it means --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, (Role.CANDIDATE, {"exam-1"}, set())),
        ({"role": "teacher", "halls": ["East Wing"]}, (Role.EXAMINER, {"exam-1"}, {"East Wing"})),
        ({"role": "teacher", "halls": "East Wing"}, (Role.EXAMINER, {"exam-1"}, {"East Wing"})),
        ({"role": "head", "exams": None}, (Role.ADMIN, set(), set())),
        ({"role": ["x", "teacher", "student"]}, (Role.CANDIDATE, {"exam-1"}, set())),
        (
            {"exams": "exam-1, exam-2 exam-3"},
            (Role.CANDIDATE, {"exam-1", "exam-2", "exam-3"}, set()),
        ),
        ({"halls": ["East"]}, (Role.CANDIDATE, {"exam-1"}, set())),
        ({"aud": ["other", "examsync"]}, (Role.CANDIDATE, {"exam-1"}, set())),
    ],
)
def test_claims_become_role_and_scope(changes: dict[str, Any], expected: tuple[Any, ...]) -> None:
    who = said(**changes)
    assert (who.role, set(who.exams), set(who.halls)) == expected


def test_claims_have_other_names_and_lie_in_objects() -> None:
    issuer = structs.replace(
        PUBLIC,
        subject="school.number",
        role="realm_access.roles",
        name="https://school.example/name",
        exams="sits",
        roles={"pupil": Role.CANDIDATE},
    )
    who = said(
        issuer,
        school={"number": "c-7"},
        realm_access={"roles": ["offline", "pupil"]},
        sits=["e-1"],
        **{"https://school.example/name": "Asha V."},
    )
    assert (who.subject, who.name, who.role) == ("c-7", "Asha V.", Role.CANDIDATE)
    assert who.exams == {"e-1"}


def test_any_other_role_may_mean_something_but_never_more_than_is_written() -> None:
    issuer = structs.replace(PUBLIC, roles={"*": Role.CANDIDATE, "teacher": Role.EXAMINER})
    assert said(issuer, role="whatever").role is Role.CANDIDATE
    assert said(issuer, role=None).role is Role.CANDIDATE
    assert said(issuer, role="teacher").role is Role.EXAMINER
    assert said(issuer, role="admin").role is Role.CANDIDATE


def test_two_tokens_can_be_told_apart_and_one_is_always_the_same() -> None:
    token = idp.token(idp.claims(NOW))
    assert identify(token) == identify(token)
    assert said().jti != said(name="Other").jti


def test_a_shared_key_signs_too() -> None:
    token = jwt.encode(idp.claims(NOW), SECRET, "HS256")
    assert identify(token, SHARED).subject == "asha"


# --- every way of lying ---------------------------------------------------------------------------

PEM = idp.RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def hmac_with_public_key() -> str:
    """HS256 with the published RSA key as its secret: works where algorithms are not pinned."""
    signing = f"{part({'alg': 'HS256', 'kid': 'k1'})}.{part(idp.claims(NOW))}"
    mac = hmac.new(PEM, signing.encode(), hashlib.sha256).digest()
    return f"{signing}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def renamed(token: str, algorithm: str) -> str:
    """The same token under the name of another algorithm."""
    return f"{part({'alg': algorithm})}.{token.split('.', 1)[1]}"


HEADERS: dict[str, str] = {
    "HS with the public key": hmac_with_public_key(),
    "none": f"{part({'alg': 'none'})}.{part(idp.claims(NOW))}.",
    "None": f"{part({'alg': 'None'})}.{part(idp.claims(NOW))}.",
    "no algorithm": f"{part({'typ': 'JWT'})}.{part(idp.claims(NOW))}.c2ln",
    "not its algorithm": idp.token(idp.claims(NOW), "EdDSA"),
    "another RSA algorithm": jwt.encode(idp.claims(NOW), idp.RSA, "RS512"),
    "PSS": jwt.encode(idp.claims(NOW), idp.RSA, "PS256"),
    "an ES key under RS": renamed(idp.token(idp.claims(NOW), "ES256"), "RS256"),
    "crit": idp.token(idp.claims(NOW), crit=["x"], x=1),
    "jku": idp.token(idp.claims(NOW), jku="https://evil/keys"),
    "jwk": idp.token(idp.claims(NOW), jwk=idp.published("RS256", "k1")),
    "x5u": idp.token(idp.claims(NOW), x5u="https://evil"),
    "an id token": idp.token(idp.claims(NOW), typ="id_token"),
    "a logout token": idp.token(idp.claims(NOW), typ="logout+jwt"),
    "a proof of possession": idp.token(idp.claims(NOW), typ="dpop+jwt"),
    "altered": idp.token(idp.claims(NOW))[:-8] + "AAAAAAAA",
    "too long": idp.token(idp.claims(NOW, pad="x" * TOKEN_BYTES_MAX)),
    "no token": "no token at all",
    "empty": "",
    "dots": "..",
}


@pytest.mark.parametrize("kind", [kind for kind in HEADERS if kind != "too long"])
def test_a_header_that_lies_is_refused(kind: str) -> None:
    assert code(HEADERS[kind]) is Code.UNAUTHORIZED


@pytest.mark.parametrize("kind", ["too long", "no token", "empty", "dots"])
def test_what_is_no_token_names_no_issuer(kind: str) -> None:
    assert outside.issuer_of(HEADERS[kind]) == ""


@pytest.mark.parametrize("name", [7, None, ["x"], {"a": 1}])
def test_an_issuer_is_a_text(name: object) -> None:
    assert outside.issuer_of(f"{part({})}.{part({'iss': name})}.x") == ""


@pytest.mark.parametrize("typ", ["JWT", "at+jwt", "application/at+JWT"])
def test_usual_types_of_access_tokens_are_fine(typ: str) -> None:
    assert identify(idp.token(idp.claims(NOW), typ=typ, x5t="dGh1bWI")).subject == "asha"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": idp.NAME.rstrip("/")},
        {"iss": None},
        {"aud": "shop"},
        {"aud": ["shop"]},
        {"aud": None},
        {"aud": "examsync-other"},
        {"typ": "Refresh"},
        {"typ": "ID"},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
        {"sub": None},
        {"sub": 7},
        {"sub": "a b"},
        {"sub": "key:5f0c"},
        {"sub": "x" * 65},
        {"role": None},
        {"role": "root"},
        {"role": "*"},
        {"role": {"student": True}},
        {"exams": None},
        {"exams": []},
        {"exams": 7},
        {"exams": {"exam-1": True}},
        {"exams": ["not an id"]},
        {"exams": [f"e{n}" for n in range(101)]},
        {"role": "teacher", "halls": [""]},
        {"name": 7},
        {"iat": None},
        {"exp": None},
        {"exp": True},
        {"exp": "tomorrow"},
        {"exp": 10**400},
        {"exp": -1},
        {"iat": NOW // 1000 + 60},
        {"nbf": NOW // 1000 + 60},
        {"nbf": "now"},
        {"exp": NOW // 1000 + 2 * DAY_S},
        {"iat": NOW // 1000 - 2 * DAY_S},
    ],
    ids=str,
)
def test_claims_that_lie_or_lack_are_refused(changes: dict[str, Any]) -> None:
    assert code(idp.token(idp.claims(NOW, **changes))) is Code.UNAUTHORIZED


def test_an_expired_token_says_so() -> None:
    past = NOW // 1000 - 60
    assert code(idp.token(idp.claims(NOW, iat=past - 60, exp=past))) is Code.TOKEN_EXPIRED


def test_a_token_of_the_shared_key_is_none_of_a_public_one_and_the_other_way() -> None:
    assert code(jwt.encode(idp.claims(NOW), SECRET, "HS256"), PUBLIC) is Code.UNAUTHORIZED
    assert code(idp.token(idp.claims(NOW)), SHARED) is Code.UNAUTHORIZED
    assert code(jwt.encode(idp.claims(NOW), SECRET * 2, "HS256"), SHARED) is Code.UNAUTHORIZED


def test_claims_that_are_no_object_are_refused() -> None:
    token = jwt.PyJWS().encode(b"[]", idp.RSA, "RS256")
    assert code(token) is Code.UNAUTHORIZED
