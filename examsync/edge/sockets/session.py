"""What this process knows of one client in one namespace: who it is, and where it sits."""

from msgspec import Struct

from examsync.access.limit import Bucket, Rate
from examsync.access.token import Identity
from examsync.attempts.environment import Sitter
from examsync.edge.sockets.line import Line
from protocol.from_client import Client

STRIKES = Rate(per_s=1.0, burst=200)
"""Refusals for haste: a client that runs into its limit this often does not slow down."""


class Session(Struct, eq=False):
    """One client in one namespace of one connection; made at connect, gone at disconnect.

    `sitter` is None until the client has joined; it then holds the attempt and the lease.
    `watching`: the exams an examiner follows. `behind`: work of this session that takes time and
    is done in its order.
    """

    sid: str
    namespace: str
    wire: Line
    identity: Identity
    client: Client
    bucket: Bucket
    strikes: Bucket
    exam: str = ""
    sitter: Sitter | None = None
    watching: set[str] = set()
    behind: int = 0
    gone: bool = False

    @property
    def by(self) -> str:
        """The name under which facts record what this client does."""
        return f"{self.identity.role}:{self.identity.subject}"
