"""Facts of erasure: that what is personal was erased, and what is left of each fact then."""

from msgspec import Struct


class Erased(Struct, frozen=True, tag_field="kind", tag="erased", omit_defaults=True):
    """Everything personal in the facts before this one was erased, and all that came of them.

    It says what remains: how the attempt ended, and (`mark`) the total of the result that stood,
    as "close.revision=total". `scope`: "answers" leaves the name and the mark; "person" does not.
    """

    id: str
    scope: str
    reason: str
    state: str
    closed_at: int
    closes: int
    started_at: int | None = None
    order: int = 0
    mark: str = ""


class Blanked(Struct, frozen=True, tag_field="kind", tag="blanked"):
    """What is left of a fact that was erased: its kind (`was`), and the digest of what it said.

    The digest was made with a salt of the attempt's that is gone, so nobody can try out guesses.
    """

    was: str
    digest: str
