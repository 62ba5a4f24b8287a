"""What can go wrong with a local server, said so that the reader knows what to do next."""


class StackError(Exception):
    """A local Valkey or Postgres could not be found, started or stopped."""


class BinaryMissing(StackError):
    """No server binary was found; the message names the places and the variable to set."""


class DataInUse(StackError):
    """Another process holds this data directory; stop it, or choose another directory."""


class StartFailed(StackError):
    """The server ended or stayed silent while starting; the message ends with its log."""
