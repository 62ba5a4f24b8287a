"""Samples of two profilers become microseconds per ack."""

from collections import Counter

from loadtest.bench.profiling import stacks_of_node, stacks_of_pyspy, table

RAW = """run (/x/lib/python3.11/asyncio/runners.py:10);answer (/x/examsync/attempts/service.py:5) 30
run (/x/lib/python3.11/asyncio/runners.py:12);answer (/x/examsync/attempts/service.py:9) 10
run (/x/lib/python3.11/asyncio/runners.py:12) 60
"""


def test_stacks_of_python_are_counted_without_their_lines() -> None:
    assert stacks_of_pyspy(RAW) == {
        ("asyncio/runners.py run", "examsync/attempts/service.py answer"): 40,
        ("asyncio/runners.py run",): 60,
    }


def test_stacks_of_node_are_followed_up_to_the_root() -> None:
    def node(id_: int, name: str, url: str, *children: int) -> dict[str, object]:
        frame = {"functionName": name, "url": url}
        return {"id": id_, "callFrame": frame, "children": list(children)}

    nodes = [
        node(1, "(root)", "", 2),
        node(2, "answer", "file:///x/peers/attempts.js", 3),
        node(3, "writev", ""),
    ]
    found = stacks_of_node({"nodes": nodes, "samples": [3, 3, 2]})
    assert found == {
        ("(root)", "attempts.js answer", "writev"): 2,
        ("(root)", "attempts.js answer"): 1,
    }


def test_idle_samples_are_nobodys_time_and_shares_become_microseconds() -> None:
    stacks = Counter({("f", "g"): 30, ("f",): 10, ("(idle)",): 60})
    lines = table(stacks, 8.0).splitlines()
    assert lines[0] == "40 samples, 8.0 us per ack"
    assert lines[3].split() == ["6.00", "6.00", "g"]
    assert lines[4].split() == ["2.00", "8.00", "f"]


def test_a_frame_that_calls_itself_counts_once() -> None:
    lines = table(Counter({("f", "f"): 4}), 8.0).splitlines()
    assert lines[3].split() == ["8.00", "8.00", "f"]
