"""Every problem code, its meaning, and whether repeating the request can help.

The same object travels in acks (`{"ok": false, "problem": {...}}`), in `connect_error.data` and,
as `application/problem+json` (RFC 9457), in HTTP errors. Edges map codes to HTTP statuses.
"""

from enum import StrEnum

from msgspec import Struct


class Code(StrEnum):
    """Stable names: programs may branch on them."""

    # The message itself
    BAD_REQUEST = "bad_request"
    UNKNOWN_EVENT = "unknown_event"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    INTERNAL = "internal"
    # Who is asking
    UNAUTHORIZED = "unauthorized"
    TOKEN_EXPIRED = "token_expired"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    LEVEL_TOO_OLD = "level_too_old"
    POLLING_REFUSED = "polling_refused"
    NOT_JOINED = "not_joined"
    # The attempt
    NOT_STARTED = "not_started"
    ALREADY_STARTED = "already_started"
    EXAM_NOT_OPEN = "exam_not_open"
    EXAM_OVER = "exam_over"
    PAUSED = "paused"
    NOT_PAUSED = "not_paused"
    TOO_LATE = "too_late"
    ATTEMPT_CLOSED = "attempt_closed"
    ATTEMPT_OPEN = "attempt_open"
    UNKNOWN_ITEM = "unknown_item"
    BAD_RESPONSE = "bad_response"
    SEQ_REUSED = "seq_reused"
    ID_REUSED = "id_reused"
    LEASE_LOST = "lease_lost"
    TAKEOVER_PENDING = "takeover_pending"
    TAKEOVER_REFUSED = "takeover_refused"
    NO_TAKEOVER = "no_takeover"
    ANSWERS_MISSING = "answers_missing"
    BAD_RECEIPT = "bad_receipt"
    TOO_MANY = "too_many"
    # The machines
    UNAVAILABLE = "unavailable"
    STORAGE_FULL = "storage_full"
    DRAINING = "draining"
    CONFLICT = "conflict"
    # Importing and administration
    IMPORT_FAILED = "import_failed"
    FROZEN = "frozen"
    EXISTS = "exists"
    NOT_RELEASED = "not_released"


class Meaning(Struct, frozen=True):
    """What a code means, in a sentence; `retry`: may the same request succeed later?"""

    title: str
    retry: bool


MEANINGS: dict[Code, Meaning] = {
    Code.BAD_REQUEST: Meaning("The message does not have the shape this event asks for.", False),
    Code.UNKNOWN_EVENT: Meaning("There is no event of this name here.", False),
    Code.TOO_LARGE: Meaning("The message is larger than the limit.", False),
    Code.RATE_LIMITED: Meaning("Too many messages in too short a time.", True),
    Code.INTERNAL: Meaning("The server failed in a way it did not expect.", True),
    Code.UNAUTHORIZED: Meaning("The token is missing or not valid here.", False),
    Code.TOKEN_EXPIRED: Meaning("The token has expired; send `reauth` with a new one.", True),
    Code.FORBIDDEN: Meaning("This token does not allow that.", False),
    Code.NOT_FOUND: Meaning("There is no such thing, or it is not yours.", False),
    Code.LEVEL_TOO_OLD: Meaning("This client speaks a protocol level too old for here.", False),
    Code.POLLING_REFUSED: Meaning('Connect with transports: ["websocket"].', False),
    Code.NOT_JOINED: Meaning("Send `join` first.", True),
    Code.NOT_STARTED: Meaning("The attempt has not been started.", False),
    Code.ALREADY_STARTED: Meaning("The attempt has been started already.", False),
    Code.EXAM_NOT_OPEN: Meaning("The exam has not opened yet.", True),
    Code.EXAM_OVER: Meaning("The exam is over.", False),
    Code.PAUSED: Meaning("The attempt is paused; its clock stands still.", True),
    Code.NOT_PAUSED: Meaning("The attempt is not paused.", False),
    Code.TOO_LATE: Meaning("The answer arrived after the time was up.", False),
    Code.ATTEMPT_CLOSED: Meaning("The attempt is closed.", False),
    Code.ATTEMPT_OPEN: Meaning("The attempt is still open.", False),
    Code.UNKNOWN_ITEM: Meaning("The paper has no such item.", False),
    Code.BAD_RESPONSE: Meaning("The response does not fit the kind of the item.", False),
    Code.SEQ_REUSED: Meaning("This seq was used for another answer.", False),
    Code.ID_REUSED: Meaning("This id was used for another command.", False),
    Code.LEASE_LOST: Meaning("Another device writes this attempt now.", False),
    Code.TAKEOVER_PENDING: Meaning("An examiner has to approve this device first.", True),
    Code.TAKEOVER_REFUSED: Meaning("This exam allows no change of device.", False),
    Code.NO_TAKEOVER: Meaning("No device is waiting for approval.", False),
    Code.ANSWERS_MISSING: Meaning("Some answers named in the submit have not arrived.", True),
    Code.BAD_RECEIPT: Meaning("The receipt is not ours, or not for this.", False),
    Code.TOO_MANY: Meaning("This attempt has reached a limit.", False),
    Code.UNAVAILABLE: Meaning("A part of the server is away; nothing was decided.", True),
    Code.STORAGE_FULL: Meaning("The server cannot take more until it has written some.", True),
    Code.DRAINING: Meaning("This server is about to stop; connect again.", True),
    Code.CONFLICT: Meaning("Something else changed this at the same time.", True),
    Code.IMPORT_FAILED: Meaning("The file has problems; nothing was imported.", False),
    Code.FROZEN: Meaning("This can no longer be changed.", False),
    Code.EXISTS: Meaning("There is one of this id already.", False),
    Code.NOT_RELEASED: Meaning("The result has not been released yet.", True),
}


class Problem(Struct, frozen=True, omit_defaults=True):
    """What went wrong. `detail` is for people; `data` names things for programs."""

    code: Code
    title: str
    retry: bool
    detail: str = ""
    retry_after_ms: int | None = None
    data: dict[str, list[str]] | None = None


def problem(
    code: Code,
    detail: str = "",
    *,
    retry_after_ms: int | None = None,
    data: dict[str, list[str]] | None = None,
) -> Problem:
    """The problem of this code, with its title and retry flag from the one list."""
    meaning = MEANINGS[code]
    return Problem(code, meaning.title, meaning.retry, detail, retry_after_ms, data)
