"""Runs every check of the checkout, also after one failed, and sums up: `./dev check`."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHECKS = {
    "style": ["ruff", "check", "."],
    "format": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "types of ./dev": ["mypy", "--scripts-are-modules", "dev"],
    "house rules": ["pytest", "-q", "-p", "no:cacheprovider", "tests/test_tidy.py"],
    "generated files": ["protocol.generate", "--check"],
    "types of the pages": ["examsync.devstack.pages", "check"],
}
"""Modules of the environment with their options, by title."""


def module_ended(step: list[str]) -> int:
    """Run one module in the checkout, its output shown; its exit code."""
    return subprocess.call([sys.executable, "-m", *step], cwd=ROOT)


def main(run: Callable[[list[str]], int] = module_ended) -> int:
    """Run all; the exit code says whether they found nothing."""
    failed = []
    for title, step in CHECKS.items():
        _say(title)
        if run(step) != 0:
            failed.append(title)
    _say(f"Not in order: {', '.join(failed)}." if failed else "all in order")
    return 1 if failed else 0


def _say(text: str) -> None:
    sys.stdout.write(f"dev: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
