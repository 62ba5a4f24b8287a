"""HTML as plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.bank.formats.markup import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>two<br>three</p>", "One\ntwo\nthree"),
        ("a &lt; b &amp;&nbsp;c", "a < b & c"),
        ("one\ntwo  <b>three</b>", "one two three"),
        ("<ul><li>x</li><li>y</li></ul>", "- x\n- y"),
        ("<style>p {}</style>x<script>1</script>", "x"),
        ("a < b", "a < b"),
        ("1<2 and 3>2, <3, </ 4", "1<2 and 3>2, <3, </ 4"),
        ("a<!-- <b>no</b> -->b<!doctype html>c<?xml version='1.0'?>d", "abcd"),
        ("a <!-- b", "a <!-- b"),
        ("<a title='x > y' href=\"z\">b</A>c", "bc"),
        ("x<SCRIPT>if (a < b) c</Script >y", "xy"),
        ("x<script>never closed", "x"),
        (f"&#{'9' * 5000};&#x41;&#66;", "\ufffdAB"),
        (f"<img alt='&#x{'F' * 5000};'>", "\ufffd"),
        ("", ""),
    ],
)
def test_what_can_be_read_is_kept(html: str, text: str) -> None:
    assert plain_text(html)[0] == text


@pytest.mark.parametrize(
    ("html", "text", "lost"),
    [
        ("x<sup>2</sup>, H<sub>2</sub>O", "x^2, H_2O", {"sup", "sub"}),
        ('See <img src="x.png" alt="a cell">.', "See a cell.", {"img"}),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1 2", {"table", "tr", "td"}),
        ("<p class='x'><b>x</b></p>", "x", set[str]()),
        ("<img ALT='a &amp; b'/><img alt=''><img src='alt'>", "a & b", {"img"}),
        ("<![x[ y", "<![x[ y", {"!["}),
        ("<![CDATA[1 > 0]]>", "<![CDATA[1 > 0]]>", {"!["}),
    ],
)
def test_what_is_lost_is_named(html: str, text: str, lost: set[str]) -> None:
    assert plain_text(html) == (text, lost)


@given(st.lists(st.sampled_from([*"<>!-[]&/;x ", "<p", "</", "<!", "<![", "&#", "script"])))
def test_no_html_makes_it_fail(parts: list[str]) -> None:
    plain_text("".join(parts))


@pytest.mark.parametrize("repeated", ["<a ", "<a b='", "<a/", "<!--", "<!", "<![", "</", "&", "<p"])
def test_text_that_would_take_the_usual_parser_minutes_is_read_at_once(repeated: str) -> None:
    text = repeated * 300_000
    assert plain_text(text)[0] == text.strip()
