"""The database's shape as numbered files, and the runner that applies them, each once."""

from examsync.infra.migrations.runner import MigrationError, migrate, pending

__all__ = ["MigrationError", "migrate", "pending"]
