"""Pages of lists: where the next one begins, as a text that clients hand back (`?after=`).

A cursor names the last row by what the list is sorted by and by its id, so a row that comes or
goes meanwhile moves no other.
"""

import base64
import binascii

import msgspec
from msgspec import Struct

from examsync.errors import ExamError
from protocol.problems import Code


class Place(Struct, frozen=True, array_like=True):
    """A row's place in a list: how it is sorted, the row's key under that, and its id."""

    sort: str
    key: str
    id: str


def cursor(place: Place) -> str:
    """The place as a text for a URL."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def place(text: str, sort: str) -> Place | None:
    """The place a cursor stands for; None for "". Raises ExamError BAD_REQUEST for what is no
    cursor of a list that is sorted like this."""
    if not text:
        return None
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        found = msgspec.json.decode(data, type=Place)
    except (binascii.Error, ValueError):
        found = None
    if found is None or found.sort != sort or "\x00" in found.key + found.id:
        raise ExamError(Code.BAD_REQUEST, "?after= takes the `next` of a page of the same list")
    return found
