"""The law: every house rule holds in every file, and every rule is shown to catch its breach."""

import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

import examsync
from tests.law import layers, papers, shape

ROOT = Path(__file__).parents[1]
GENERATED = ("protocol/generated/",)
THE_LAW_ITSELF = ("tests/law/", "tests/test_tidy.py")  # it quotes what it forbids


def files() -> list[str]:
    """Every file of ours: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = sorted(set(listed.stdout.splitlines()))
    return [name for name in names if (ROOT / name).is_file() and not name.startswith(GENERATED)]


FILES = files()
PYTHON = [name for name in FILES if name.endswith(".py") or name == "dev"]
CODE = [*PYTHON, *(name for name in FILES if name.endswith((".sql", ".lua", ".ts")))]
OURS = [name for name in PYTHON if name.startswith(("examsync/", "protocol/", "loadtest/"))]
MODULES = {layers.module_of(PurePosixPath(name)) for name in PYTHON}


def text_of(name: str) -> str:
    """A file's text; "" for what is not text."""
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def uphold(names: list[str], rule: Callable[[str, str], list[str]]) -> None:
    """Fail with all that a rule has to say about the given files, a line each."""
    found = [complaint for name in names for complaint in rule(name, text_of(name))]
    if found:
        pytest.fail("\n".join(found), pytrace=False)


def test_imports_go_one_way() -> None:
    uphold(OURS, lambda name, text: layers.wall_complaints(name, text, MODULES))


def test_files_and_lines_are_short() -> None:
    uphold(CODE, shape.size_complaints)


def test_functions_are_short_and_take_little_by_position() -> None:
    uphold(PYTHON, shape.function_complaints)


def test_every_name_says_something() -> None:
    uphold(CODE, lambda name, _: shape.name_complaints(name))


def test_every_module_opens_by_saying_what_it_knows() -> None:
    uphold(PYTHON, shape.opening_complaints)


def test_clock_keys_metrics_and_emits_have_one_home_each() -> None:
    uphold(OURS, shape.home_complaints)


def test_nothing_is_left_unfinished() -> None:
    names = [name for name in FILES if not name.startswith(THE_LAW_ITSELF)]
    uphold(names, shape.unfinished_complaints)


def test_no_file_names_a_registry_or_a_machine() -> None:
    names = [name for name in FILES if not name.startswith(THE_LAW_ITSELF)]
    uphold(names, papers.place_complaints)


def test_every_locked_package_carries_hashes() -> None:
    uphold(["requirements.lock"], lambda _, text: papers.lock_complaints(text))


def test_the_package_has_one_version() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))["project"]
    assert project["version"] == examsync.__version__
    if "CHANGELOG.md" in FILES:
        assert not papers.changelog_complaints(text_of("CHANGELOG.md"), examsync.__version__)


def test_every_file_that_the_readme_names_is_there() -> None:
    def exists(name: str) -> bool:
        return (ROOT / name).exists()

    if "README.md" in FILES:
        assert not papers.named_file_complaints("README.md", text_of("README.md"), exists)


@pytest.mark.parametrize(
    ("path", "source", "complaint"),
    [
        ("examsync/bank/question.py", "import asyncio", "handed in"),
        ("examsync/bank/question.py", "from time import monotonic", "handed in"),
        ("examsync/bank/question.py", "from examsync.infra import postgres", "pure must not"),
        ("examsync/bank/question.py", "from examsync.config import Config", "pure must not"),
        ("examsync/bank/question.py", "def f():\n    import random", "handed in"),
        ("examsync/bank/question.py", "from . import store", "whole name"),
        ("examsync/bank/question.py", "from examsync.bank import store", "pure must not"),
        ("examsync/attempts/store.py", "from examsync.bank import store", "its store"),
        ("examsync/attempts/flush.py", "from examsync.bank.store import read", "its store"),
        ("examsync/attempts/service.py", "from examsync.bank.store import read", "its store"),
        ("examsync/attempts/service.py", "import examsync.grading.grade", "does not lie below"),
        ("examsync/bank/service.py", "from examsync.exams import service", "does not lie below"),
        ("examsync/bank/paper.py", "from examsync.attempts.attempt import Attempt", "below bank"),
        ("examsync/edge/api/exams.py", "from examsync.exams import store", "edge must not"),
        ("examsync/edge/api/exams.py", "from examsync import app", "edge must not"),
        ("examsync/infra/redis.py", "from examsync.bank.question import Question", "infra must"),
        ("examsync/bank/service.py", "from examsync.devstack import Stack", "service must not"),
        ("examsync/app.py", "from examsync.devstack import Stack", "app must not"),
        ("examsync/devstack/stack.py", "from examsync.infra import redis", "devstack must not"),
        ("protocol/types.py", "import redis", "stands on msgspec"),
        ("protocol/types.py", "from examsync.errors import ExamError", "protocol must not"),
        ("loadtest/crowd.py", "from examsync.clock import Clock", "loadtest must not"),
        ("examsync/somewhere/new.py", "", "no layer"),
    ],
)
def test_an_import_through_a_wall_is_seen(path: str, source: str, complaint: str) -> None:
    known = MODULES | {"examsync.bank.store", "examsync.exams.store", "examsync.exams.service"}
    known |= {"examsync.app", "examsync.infra.redis", "examsync.infra.postgres"}
    (found,) = layers.wall_complaints(path, source, known)
    assert complaint in found


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("examsync/attempts/attempt.py", "from examsync.bank.question import Question"),
        ("examsync/attempts/attempt.py", "import msgspec, hashlib, protocol.facts"),
        ("examsync/attempts/service.py", "from examsync.attempts import store\nimport asyncio"),
        ("examsync/attempts/service.py", "from examsync.bank import service"),
        ("examsync/edge/api/exams.py", "from examsync.exams import service\nimport starlette"),
        ("examsync/cli/demo.py", "from examsync.devstack import Stack\nimport examsync.app"),
        ("protocol/types.py", "import msgspec\nfrom enum import StrEnum"),
    ],
)
def test_an_import_through_a_door_is_not(path: str, source: str) -> None:
    assert layers.wall_complaints(path, source, MODULES | {"examsync.attempts.store"}) == []


def long_function(lines: int) -> str:
    """A function of so many lines, and a docstring that does not count."""
    return 'def f():\n    """Two\n    lines."""\n' + "    x = 1\n" * (lines - 1)


@pytest.mark.parametrize(
    ("rule", "path", "good", "bad"),
    [
        (shape.size_complaints, "a.py", "x\n" * 300, "x\n" * 301),
        (shape.size_complaints, "a.sql", "x" * 100, "x" * 101),
        (shape.function_complaints, "a.py", long_function(40), long_function(41)),
        (
            shape.function_complaints,
            "a.py",
            "class A:\n    def f(self, a, b, c, d, e, *, g, h): ...",
            "class A:\n    async def f(self, a, b, c, d, e, f): ...",
        ),
        (shape.opening_complaints, "a.py", '"""Knows."""\nx = 1', "x = 1"),
        (shape.home_complaints, "examsync/a.py", "clock.now()", "import time\ntime.time()"),
        (shape.home_complaints, "examsync/a.py", "datetime.fromtimestamp(1)", "datetime.now(UTC)"),
        (shape.home_complaints, "examsync/a.py", "t.monotonic()", "f(clock=datetime.datetime.now)"),
        (shape.home_complaints, "examsync/a.py", "keys.log(1)", 'f"examsync:{p}:log"'),
        (shape.home_complaints, "examsync/a.py", "import redis", "import prometheus_client"),
        (shape.home_complaints, "examsync/a.py", "broadcast(r, m)", "await sio.emit('a')"),
        (shape.home_complaints, shape.EMIT_HOME, "await sio.emit('a')", "time.time()"),
        (shape.unfinished_complaints, "a.md", "All todos are done.", "# TO" + "DO: later"),
        (papers.place_complaints, "a.md", "see a/home/b or homes/", "cd /home" + "/asha/exam"),
        (papers.place_complaints, "a.md", "https://example.org", "https://pypi" + ".org/p"),
    ],
)
def test_every_rule_knows_good_from_bad(
    rule: Callable[[str, str], list[str]], path: str, good: str, bad: str
) -> None:
    assert rule(path, good) == []
    assert len(rule(path, bad)) == 1


def test_the_rules_about_names_and_papers_know_good_from_bad() -> None:
    assert len(shape.name_complaints("examsync/utils/manager.py")) == 2
    assert shape.name_complaints("examsync/bank/baseline.py") == []
    assert papers.changelog_complaints("# Changes\n\n## [0.1.0] - soon\n", "0.1.0") == []
    assert papers.changelog_complaints("## 0.2.0\n\n## 0.1.0\n", "0.1.0")
    assert papers.changelog_complaints("nothing yet", "0.1.0")
    page = "[a](docs/a.md#x) `examsync/app.py` `no/such/thing` [w](https://example.org/x)"
    missing = papers.named_file_complaints("README.md", page, {"examsync"}.__contains__)
    assert [line.split()[2] for line in missing] == ["docs/a.md,", "examsync/app.py,"]
    locked = "a==1 \\\n    --hash=sha256:00\n    # via b\nb==2\n"
    assert papers.lock_complaints(locked) == ["requirements.lock: b has no hash; run ./dev lock."]
