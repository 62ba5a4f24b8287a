"""What the papers around the code must not or must say: hosts, paths, versions, files named."""

import itertools
import re
from collections.abc import Callable

# Where packages come from, and where they lie on one machine, is nobody else's business.
HOSTS = re.compile(r"(pythonhosted\.org|pypi\.org|registry\.npmjs|index-url[ =]http)\b|/simple/")
MACHINE_PATHS = re.compile(r"(?<![\w.])/(root|work|home/(?!you\b)\w+|Users/\w+|opt/pypi)/")
RELEASE = re.compile(r"^## \[?v?(\d+\.\d+\.\d+[^\]\s]*)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)")
CODE_SPAN = re.compile(r"`(?:\./)?([\w.-]+(?:/[\w.-]+)+)/?`")
REQUIREMENT = re.compile(r"^([a-z0-9][\w.-]*)==", re.MULTILINE | re.IGNORECASE)


def place_complaints(path: str, text: str) -> list[str]:
    """Hosts of registries, and paths of somebody's machine."""
    return [
        f"{path}:{number}: names {found[0]!r}, which only holds on one machine."
        for number, line in enumerate(text.splitlines(), 1)
        if (found := HOSTS.search(line) or MACHINE_PATHS.search(line))
    ]


def changelog_complaints(text: str, version: str) -> list[str]:
    """The newest release in the changelog is the package's version."""
    newest = RELEASE.search(text)
    if newest is None or newest[1] != version:
        said = newest[1] if newest else "no release"
        return [f"CHANGELOG.md speaks of {said} first; the package is {version}."]
    return []


def named_file_complaints(path: str, text: str, exists: Callable[[str], bool]) -> list[str]:
    """Files that a page links to, or names as code in a folder of ours, and that are missing."""
    named = set(LINK.findall(text))
    spans = CODE_SPAN.findall(text)
    named |= {span for span in spans if exists(span.partition("/")[0])}
    return [
        f"{path} names {name}, which is not there." for name in sorted(named) if not exists(name)
    ]


def lock_complaints(text: str) -> list[str]:
    """Every locked requirement carries hashes."""
    starts = [found.start() for found in REQUIREMENT.finditer(text)] + [len(text)]
    blocks = [text[start:end] for start, end in itertools.pairwise(starts)]
    unhashed = [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block]
    return [f"requirements.lock: {name} has no hash; run ./dev lock." for name in unhashed]
