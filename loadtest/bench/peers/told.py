"""What the Python peers are told: where everything is, and the exam. From their environment."""

import json
import os
from typing import Any

import jwt

PORT = int(os.environ.get("PEER_PORT", "0"))
REDIS = os.environ.get("PEER_REDIS", "")
DATABASE = os.environ.get("PEER_DATABASE", "")
SCRIPTS = os.environ.get("PEER_SCRIPTS", "")
SECRET = os.environ.get("PEER_SECRET", "")
RECEIPT_SECRET = os.environ.get("PEER_RECEIPT_SECRET", "").encode()


class Refused(Exception):
    """Not done; the message is a code."""


class Told:
    """The exam: terms, and of each item its kind and options."""

    def __init__(self) -> None:
        with open(os.environ["PEER_EXAM"], encoding="utf-8") as file:
            said = json.load(file)
        self.id: str = said["id"]
        self.terms: dict[str, int] = said["terms"]
        self.paper: dict[str, Any] = said["paper"]
        self.items: dict[str, tuple[str, frozenset[str]]] = {
            item["id"]: (item["kind"], frozenset(option["id"] for option in item["options"]))
            for section in self.paper["sections"]
            for item in section["items"]
        }

    def fits(self, item: str, response: Any) -> None:
        """Raise Refused unless the response has the shape the item asks for."""
        if item not in self.items:
            raise Refused("unknown_item")
        kind, options = self.items[item]
        match kind:
            case "single_choice":
                good = response in options
            case "multiple_choice":
                good = isinstance(response, list) and options.issuperset(response)
            case "true_false":
                good = isinstance(response, bool)
            case "numerical":
                good = isinstance(response, int | float | str)
            case _:
                good = isinstance(response, str) and len(response) <= 20_000
        if response is not None and not good:
            raise Refused("bad_response")


def claims(token: str) -> dict[str, Any]:
    """Of a token that is ours. Raises jwt.PyJWTError."""
    found: dict[str, Any] = jwt.decode(
        token, SECRET, ["HS256"], audience="examsync", issuer="examsync"
    )
    return found
