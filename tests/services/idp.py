"""Another issuer, for tests: it has keys, signs what it is told, and publishes them over HTTP."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from examsync.settings import Issuer
from protocol.types import Role

NAME = "https://school.example/"
HOUR_S = 3_600
ROLES = {"student": Role.CANDIDATE, "teacher": Role.EXAMINER, "head": Role.ADMIN}
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
PRIVATE: dict[str, Any] = {"RS256": RSA, "ES256": EC, "EdDSA": ED}


def published(algorithm: str, kid: str) -> dict[str, Any]:
    """The public key of an algorithm, as it stands in a key set."""
    to_jwk: Any = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}[algorithm]
    jwk: dict[str, Any] = to_jwk.to_jwk(PRIVATE[algorithm].public_key(), as_dict=True)
    return {**jwk, "kid": kid, "use": "sig"}


def claims(now_ms: int, **changes: Any) -> dict[str, Any]:
    """What it says of a student; None takes a claim away."""
    now = now_ms // 1_000
    said = {
        "iss": NAME,
        "aud": "examsync",
        "sub": "asha",
        "role": "student",
        "name": "Asha",
        "exams": ["exam-1"],
        "iat": now,
        "exp": now + HOUR_S,
    }
    return {name: value for name, value in {**said, **changes}.items() if value is not None}


def token(
    said: dict[str, Any], algorithm: str = "RS256", kid: str | None = "k1", **header: Any
) -> str:
    """A token of these claims."""
    named = {} if kid is None else {"kid": kid}
    return jwt.encode(said, PRIVATE[algorithm], algorithm, {**named, **header})


class Publisher:
    """A web server that answers every request with `document`, slowly or not as it should."""

    def __init__(self) -> None:
        self.keys = [published("RS256", "k1")]
        self.status = 200
        self.raw: bytes | None = None
        self.asked = 0
        self.port = 0
        self.let = asyncio.Event()
        self.let.set()

    @property
    def url(self) -> str:
        """Where it publishes."""
        return f"http://127.0.0.1:{self.port}/keys"

    def issuer(self, **changes: Any) -> Issuer:
        """It, as the settings know it."""
        said = {"jwks_url": self.url, **changes}
        return Issuer(NAME, "examsync", said.pop("algorithms", ("RS256",)), ROLES, **said)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        self.asked += 1
        await reader.readuntil(b"\r\n\r\n")
        await self.let.wait()
        body = json.dumps({"keys": self.keys}).encode() if self.raw is None else self.raw
        head = f"HTTP/1.1 {self.status} X\r\ncontent-length: {len(body)}\r\n"
        head += "location: http://127.0.0.1:1/\r\nconnection: close\r\n\r\n"
        with contextlib.suppress(ConnectionError):
            writer.write(head.encode() + body)
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def publishing() -> AsyncIterator[Publisher]:
    """A publisher that serves on loopback."""
    publisher = Publisher()
    server = await asyncio.start_server(publisher.answer, "127.0.0.1", 0)
    publisher.port = server.sockets[0].getsockname()[1]
    try:
        yield publisher
    finally:
        publisher.let.set()
        server.close()
        await server.wait_closed()
