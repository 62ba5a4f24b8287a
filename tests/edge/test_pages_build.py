"""The pages' own tests, and what a build has to be for the server's strict headers."""

import asyncio
import re

import pytest

from examsync.devstack import node, pages
from examsync.edge import static

WITHIN_S = 300.0
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|javascript:", re.IGNORECASE)
ELSEWHERE = re.compile(r"(?:src|href)=[\"'](?:https?:)?//")


async def run(*arguments: str) -> tuple[int, str]:
    """One of the pages' npm scripts; its exit code and what it said."""
    found = node.find()
    with pages.one_at_a_time():
        pages.install(found)
    process = await asyncio.create_subprocess_exec(
        *(*found.npm, "run", "--silent", *arguments),
        cwd=pages.PAGES,
        env=pages.environment(found) | {"NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), WITHIN_S)
    return process.returncode or 0, said.decode()


@pytest.mark.slow
async def test_the_tests_of_the_pages_pass() -> None:
    code, said = await run("test", "--", "--reporter=dot")
    assert code == 0, said
    assert re.search(r"Tests\s+\d{2,} passed", said), said


async def test_the_pages_are_built_for_strict_headers() -> None:
    await asyncio.to_thread(pages.build)
    built = static.read(static.DIST)
    assert set(static.PAGES.values()) <= set(built)
    for name in static.PAGES.values():
        page = built[name].body.decode()
        assert not INLINE.search(page), f"{name} has something inline"
        assert not ELSEWHERE.search(page), f"{name} loads from elsewhere"
        for asset in re.findall(r"(?:src|href)=\"\./([^\"]+)\"", page):
            assert asset in built, f"{name} names {asset}, which is not served"
    assert pages.build() is False, "nothing has changed, so nothing is built"


def test_their_lock_names_no_host_and_every_package_by_its_hash() -> None:
    lock = (pages.PAGES / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    named = lock.count('"node_modules/')
    assert named > 50
    assert lock.count('"integrity": "sha512-') == named


def test_no_source_of_the_pages_writes_html_by_hand() -> None:
    sources = [path for path in pages.sources() if path.suffix in (".ts", ".tsx", ".html")]
    assert len(sources) > 30
    for path in sources:
        text = path.read_text()
        assert "dangerouslySetInnerHTML" not in text, path
        assert not re.search(r"\.(?:inner|outer)HTML\s*=", text), path
        assert not re.search(r"\beval\(|new Function\(", text), path
