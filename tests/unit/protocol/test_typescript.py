"""The TypeScript is whole: balanced, every name declared once, every event in the maps."""

import re
import subprocess
from pathlib import Path

import msgspec
import pytest

from examsync.devstack import node, pages
from protocol.from_client import EVENTS
from protocol.from_server import EVENTS_FROM_SERVER
from protocol.messages import Said, Speaker, messages
from protocol.typescript import module

TEXT = module(messages())
CODE = re.sub(r"/\*\*.*?\*/|//[^\n]*|\"(?:[^\"\\]|\\.)*\"", '""', TEXT, flags=re.DOTALL)
BUILT_IN = {"Record"}


def test_brackets_are_balanced() -> None:
    for opening, closing in ("{}", "[]", "()"):
        assert CODE.count(opening) == CODE.count(closing) > 0


def test_every_name_that_is_used_is_declared_once() -> None:
    declared = re.findall(r"^export (?:interface|type|const) (\w+)", CODE, re.MULTILINE)
    used = set(re.findall(r"\b[A-Z][A-Za-z]+\b", CODE))
    assert len(declared) == len(set(declared))
    assert used - set(declared) - BUILT_IN == set()


def test_every_event_is_in_the_map_of_its_direction() -> None:
    for events, direction in ((EVENTS, "ClientToServer"), (EVENTS_FROM_SERVER, "ServerToClient")):
        for namespace, table in events.items():
            name = f"{namespace.removeprefix('/').title()}{direction}Events"
            body = TEXT.partition(f"export interface {name} {{")[2].partition("\n}")[0]
            assert re.findall(r"^  (\w+):", body, re.MULTILINE) == list(table)


def test_acks_can_be_told_apart_by_ok() -> None:
    assert "export type ExamAnswerReply = AnswerAck | AnswersAck | Refused;" in TEXT
    assert re.search(r"interface Refused \{\n  problem: Problem;\n  ok: false;", TEXT)
    assert re.search(r"interface CommandAck \{[^}]*  ok: true;", TEXT)


def test_optional_nullable_and_nested_shapes_are_spelt_as_typescript_spells_them() -> None:
    assert "export type Rev = [number, number];" in TEXT
    assert "  rev?: Rev | null;" in TEXT
    assert "  holds: Record<string, [string, number]>;" in TEXT
    assert "  rows?: Row[];" in TEXT
    assert "export type ResponseValue = string | boolean | number | string[] | null;" in TEXT


def test_a_shape_it_cannot_spell_is_an_error_and_not_any() -> None:
    class Odd(msgspec.Struct):
        raw: msgspec.Raw

    with pytest.raises(KeyError):
        module([Said("exam", Speaker.SERVER, "odd", "odd", Odd)])


def test_it_compiles(tmp_path: Path) -> None:
    """With the compiler of the pages, which import it."""
    found = node.find()
    with pages.one_at_a_time():
        pages.install(found)
    (tmp_path / "examsync.ts").write_text(TEXT)
    compiler = pages.MODULES / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        [found.node, str(compiler), "--strict", "--noEmit", "--types", "", "examsync.ts"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
