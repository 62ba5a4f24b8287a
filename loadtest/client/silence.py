"""Whether the other end still says anything (pure): a server that went without a word looks like
one that is slow, for as long as TCP believes in it. Asked by `exchange` and `session`."""

SILENCE_MAX_MS = 10_000
"""As long as an ack may take. Storage that is away is no reason for silence: the server says so
within two seconds. Heartbeats go every ten, so it is noticed within twenty, and not after 45."""


class Silence:
    """Since when something is awaited on this connection and nothing at all was heard."""

    def __init__(self) -> None:
        self._since: int | None = None

    def asked(self, now: int) -> None:
        """Something was sent that will be acked."""
        if self._since is None:
            self._since = now

    def heard(self) -> None:
        """Anything came in, or the connection is another one."""
        self._since = None

    @property
    def ends_at(self) -> int | None:
        """When it will have lasted too long; None while nothing is awaited."""
        return None if self._since is None else self._since + SILENCE_MAX_MS

    def too_long(self, now: int) -> bool:
        """Whether the connection is to be given up."""
        return self.ends_at is not None and self.ends_at <= now
