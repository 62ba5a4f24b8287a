"""`examsync archive`, `anchor` and `verify` on what a real exam left: what is found when somebody
changes a result, an archive, or cuts off what came last."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from examsync.attempts import seal
from examsync.attempts.decision import effect
from protocol.facts import ExamExtended, Fact
from protocol.from_client import Answer
from tests.services.calling import Called, Caller
from tests.services.installation import EXAM, App, Candidate, done, furnish


async def graded(built: App, *names: str) -> list[str]:
    """Attempts that were sat, handed in and graded; their ids."""
    ids = await furnish(built, *names)
    for name in names:
        one = Candidate(built, name)
        await one.start()
        done(await one.answer("x", item=list(built.exams.items(EXAM)).index("q3")))
        await one.submit()
    await built.working.flush()
    assert await built.results.grader.grade_due() == len(ids)
    return ids


def found(called: Called) -> list[tuple[str, str]]:
    """What a call with --json found."""
    assert called.code == (1 if called.json["findings"] else 0), called.err
    return [(each["attempt"], each["what"]) for each in called.json["findings"]]


async def archived(call: Caller, folder: Path) -> Path:
    """An archive of the exam."""
    file = folder / "exam.archive"
    said = await call("archive", EXAM, "-o", str(file))
    assert said.code == 0, said.err
    return file


async def test_an_archive_is_verified_without_a_database(
    built: App, call: Caller, tmp_path: Path
) -> None:
    await graded(built, "asha", "ravi")
    file = await archived(call, tmp_path)
    facts = await built.pool.fetchval("SELECT count(*) FROM facts")
    call.settings["postgres.url"] = "postgresql://nobody@127.0.0.1:1/nowhere"
    said = await call("verify", "--archive", str(file))
    assert (said.code, said.out) == (0, f"2 attempts of {facts} facts: nothing wrong.\n")


BREAKS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "cut off": lambda lines: lines[:-1],
    "an attempt left out": lambda lines: [lines[0], *lines[2:]],
    "two lines swapped": lambda lines: [lines[0], lines[2], lines[1], lines[3]],
    "a line twice": lambda lines: [*lines[:2], *lines[1:]],
    "a grade changed": lambda lines: [line.replace(b'"graded"', b'"released"') for line in lines],
    "not an archive": lambda lines: [b"PK\x03\x04\n"],
    "empty": lambda lines: [],
}


@pytest.mark.parametrize("how", BREAKS)
async def test_an_archive_that_was_changed_is_refused(
    built: App, call: Caller, tmp_path: Path, how: str
) -> None:
    await graded(built, "asha", "ravi")
    file = await archived(call, tmp_path)
    lines = file.read_bytes().splitlines(keepends=True)
    assert len(lines) == 4
    changed = BREAKS[how](lines)
    assert changed != lines
    file.write_bytes(b"".join(changed))
    said = await call("verify", "--archive", str(file))
    assert said.code == 1
    assert "bad_request" in said.err
    assert file.name in said.err


async def test_a_result_that_does_not_follow_from_the_answers_is_found(
    built: App, call: Caller, tmp_path: Path
) -> None:
    asha, _ = await graded(built, "asha", "ravi")
    assert found(await call("verify", EXAM, "--json")) == []
    marks = await built.pool.fetchval("SELECT marks FROM results WHERE attempt = $1", asha)
    total = marks["whole"]["total"]
    marks["whole"]["total"] = "99"
    await built.pool.execute("UPDATE results SET marks = $2 WHERE attempt = $1", asha, marks)
    wrong = [(asha, f"result 1.1 says 99, but the answers give {total}")]
    assert found(await call("verify", EXAM, "--json")) == wrong
    file = await archived(call, tmp_path)
    assert found(await call("verify", "--archive", str(file), "--json")) == wrong
    await built.pool.execute("DELETE FROM results WHERE attempt = $1", asha)
    missing = [(asha, "it is graded, but its result is missing")]
    assert found(await call("verify", EXAM, "--json")) == missing


async def replayed(built: App, one: Candidate, item: str, response: str) -> None:
    """An answer that was acked before the end, lost, and comes back when all is graded."""
    said = effect(
        arrived=built.clock.now() - 1,
        digest=seal.digest(response, False),
        late=False,
        lease=one.lease,
        seq=99,
    )
    receipt = seal.receipt(built.keys, one.attempt, "answer", item, said)
    answer = Answer(99, item, response, receipt=receipt)
    done(await built.attempts.answer(built.clock.now(), one.sitter, answer))
    await built.working.flush()


async def test_a_result_is_proven_while_a_regrade_of_it_is_proposed(
    built: App, call: Caller
) -> None:
    (asha,) = await furnish(built, "asha")
    one = Candidate(built, "asha")
    await one.start()
    done(await one.answer("x", item=list(built.exams.items(EXAM)).index("q3")))
    await one.submit()
    await built.working.flush()
    assert await built.results.grader.grade_due() == 1
    await replayed(built, one, "q1", "right")
    ask = "SELECT grading FROM attempts WHERE id = $1"
    assert await built.pool.fetchval(ask, asha) == "regrade_proposed"
    assert found(await call("verify", EXAM, "--json")) == [], "it is of the answers there were then"
    marks = await built.pool.fetchval("SELECT marks FROM results WHERE attempt = $1", asha)
    total, marks["whole"]["total"] = marks["whole"]["total"], "99"
    await built.pool.execute("UPDATE results SET marks = $2 WHERE attempt = $1", asha, marks)
    wrong = [(asha, f"result 1.1 says 99, but the answers give {total}")]
    assert found(await call("verify", EXAM, "--json")) == wrong
    for state in ("pending", "none"):
        await built.pool.execute("UPDATE attempts SET grading = $2 WHERE id = $1", asha, state)
        assert found(await call("verify", EXAM, "--json")) == wrong, "whatever the row calls it"
    await built.pool.execute("UPDATE results SET n = 1 WHERE attempt = $1", asha)
    text = "result 1.1 is of the first 1 facts, which have not closed the attempt so often"
    assert found(await call("verify", EXAM, "--json")) == [(asha, text)]
    await built.pool.execute("UPDATE results SET n = 900 WHERE attempt = $1", asha)
    ((_, what),) = found(await call("verify", EXAM, "--json"))
    assert what.startswith("result 1.1 is of 900 facts, but there are")


async def test_a_result_after_marks_by_hand_and_rulings_follows_from_them(
    built: App, call: Caller
) -> None:
    (asha,) = await graded(built, "asha")
    await built.results.marking.mark(asha, "q3", "0", by="eve", note="read again")
    assert found(await call("verify", EXAM, "--json")) == []
    await built.pool.execute("UPDATE hand_marks SET marks = '1' WHERE attempt = $1", asha)
    ((id_, what),) = found(await call("verify", EXAM, "--json"))
    assert id_ == asha
    assert "q3" in what


async def cut(built: App, attempt: str) -> None:
    """The last fact goes, and all that came of it is made as if it had never been."""
    facts = [
        msgspec.json.decode(row["fact"], type=Fact)
        for row in await built.pool.fetch("SELECT fact FROM facts WHERE attempt = $1", attempt)
    ]
    last = max(facts, key=lambda fact: fact.n)
    await built.pool.execute("DELETE FROM facts WHERE attempt = $1 AND n = $2", attempt, last.n)
    await built.pool.execute(
        "UPDATE attempts SET n = n - 1, head = $2 WHERE id = $1", attempt, last.prev
    )
    await built.pool.execute("DELETE FROM commands WHERE attempt = $1 AND n = $2", attempt, last.n)


async def test_a_tail_that_was_cut_off_is_found_by_the_anchors(
    built: App, call: Caller, tmp_path: Path
) -> None:
    (asha,) = await furnish(built, "asha")
    one = Candidate(built, "asha")
    await one.start()
    await one.signal()
    await built.working.flush()
    anchors = tmp_path / "anchors"
    for _ in range(2):  # lines are added
        assert (await call("anchor", EXAM, "-o", str(anchors))).code == 0
    assert len(anchors.read_bytes().splitlines()) == 2
    assert found(await call("verify", EXAM, "--anchors", str(anchors), "--json")) == []

    await cut(built, asha)
    ((id_, what),) = [
        each
        for each in found(await call("verify", EXAM, "--anchors", str(anchors), "--json"))
        if "anchored" in each[1]
    ]
    assert (id_, what.split(",")[0]) == (asha, "gone")

    for table in ("facts", "commands", "responses"):
        await built.pool.execute(f"DELETE FROM {table} WHERE attempt = $1", asha)
    await built.pool.execute("DELETE FROM attempts WHERE id = $1", asha)
    gone = [(asha, "the attempt is gone, but it was anchored")]
    assert found(await call("verify", EXAM, "--anchors", str(anchors), "--json")) == gone


async def test_anchors_of_another_installation_are_refused(
    built: App, call: Caller, tmp_path: Path
) -> None:
    await graded(built, "asha")
    anchors = tmp_path / "anchors"
    await call("anchor", EXAM, "-o", str(anchors))
    call.settings["auth.receipt_secret"] = "another secret of somebody else, 40 chars"
    said = await call("verify", EXAM, "--anchors", str(anchors))
    assert said.code == 1
    assert "auth.receipt_secret" in said.err
    assert (await call("anchor", "no-such-exam")).code == 1
    assert (await call("archive", "no-such-exam")).code == 1


async def test_what_was_done_to_all_is_proven_as_what_was_done_to_each(
    built: App, call: Caller, tmp_path: Path
) -> None:
    await graded(built, "asha")
    for n, extra_ms in enumerate((60_000, 120_000), 1):
        extended = ExamExtended(f"x-{n}", extra_ms, "power cut")
        await built.exams.act(EXAM, extended, "examiner:eva")
    anchors = tmp_path / "anchors"
    await call("anchor", EXAM, "-o", str(anchors))
    checked = ("verify", EXAM, "--anchors", str(anchors), "--json")
    assert found(await call(*checked)) == []
    whole = await archived(call, tmp_path)
    from_file = ("verify", "--archive", str(whole), "--anchors", str(anchors), "--json")
    assert found(await call(*from_file)) == []

    change = "UPDATE exam_facts SET fact = replace(fact, $1, $2) WHERE n = 1"
    await built.pool.execute(change, "60000", "600000")
    wrong = [(EXAM, "the exam's fact was changed: its hash is of something else")]
    assert found(await call(*checked)) == wrong
    changed = await archived(call, tmp_path)
    assert found(await call("verify", "--archive", str(changed), "--json")) == wrong
    await built.pool.execute(change, "600000", "60000")

    await built.pool.execute("DELETE FROM exam_facts WHERE n = 2")
    assert found(await call("verify", EXAM, "--json")) == [], "an end alone shows no cut"
    ((id_, what),) = found(await call(*checked))
    assert (id_, what.split(",")[0]) == (EXAM, "gone")
