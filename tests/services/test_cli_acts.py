"""Acts from the command line on real servers: done like an examiner's, told to other processes."""

import pytest

from examsync.cli import AWAY, DONE, INTERRUPTED, NOT_DONE, WRONG_CALL
from examsync.cli.acts import EXPLAINED
from examsync.devstack import Valkey
from tests.services.calling import Caller
from tests.services.installation import (
    EXAM,
    MINUTE,
    App,
    Candidate,
    config,
    furnish,
    running,
    until,
    view,
)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a flusher there is nothing to wait for."""
    monkeypatch.setattr("examsync.cli.acts.DURABLE_WITHIN_S", 0.1)


async def test_an_act_returns_when_it_is_durable_and_is_heard_where_the_candidate_is(
    call: Caller, redis_url: str, database_url: str
) -> None:
    async with running(config(redis_url, database_url), work=True) as serving:
        await furnish(serving, "asha")
        asha = Candidate(serving, "asha")
        await asha.start()
        serving.attempts.hold(asha.attempt)
        heard: list[str] = []
        serving.wires.on_heard.append(lambda attempt, fact: heard.append(fact.by))
        done = await call("exam", "pause", EXAM, "--candidate", "asha", "--reason", "fire drill")
        assert (done.code, done.out) == (DONE, "Done for 1 attempt, and it is durable.\n")
        await until(lambda: heard)
        assert heard == ["examiner:cli"]
        confirmed = serving.attempts.confirmed(asha.attempt)
        assert confirmed is not None
        assert confirmed.core.state == "paused"


async def test_an_act_on_all_is_durable_by_itself_and_learned_by_others(
    call: Caller, redis_url: str, database_url: str
) -> None:
    async with running(config(redis_url, database_url)) as serving:
        await furnish(serving, "asha")
        learned: list[int] = []
        serving.exams.listeners.append(
            lambda before, after, facts: learned.append(after.granted_ms)
        )
        done = await call(
            "exam", "extend", EXAM, "--all", "--minutes", "2.5", "--reason", "late bus"
        )
        assert done.out == "Done for the whole exam, and it is durable.\n"
        await until(lambda: learned)
        assert learned == [150_000]


@pytest.mark.usefixtures("soon")
async def test_what_was_not_done_is_named_and_is_a_failure(call: Caller, built: App) -> None:
    asha, ravi = await furnish(built, "asha", "ravi")
    await Candidate(built, "asha").start()
    done = await call("exam", "pause", EXAM, asha, "--candidate", "ravi")
    assert done.code == NOT_DONE
    assert done.out == "Done for 1 attempt, not durable yet: no flusher has run.\n"
    assert done.err.startswith("not done: ravi: not_started: ")
    assert done.err.endswith(".\n")
    told = await call("exam", "pause", EXAM, ravi, "--json")
    assert told.code == NOT_DONE
    assert told.json["not_done"][0]["problem"]["code"] == "not_started"
    assert told.json["durable"] is True, "of nothing done, nothing is lost"


@pytest.mark.usefixtures("soon")
async def test_every_act_can_be_done_from_here(call: Caller, built: App) -> None:
    (id_,) = await furnish(built, "asha")
    asha = Candidate(built, "asha")
    await asha.start()
    states = []
    for act, more in (
        ("extend", ("--minutes", "10")),
        ("pause", ()),
        ("resume", ()),
        ("message", ("--text", "Look at the board.")),
        ("submit-for", ()),
        ("reopen", ("--minutes", "5")),
        ("terminate", ()),
    ):
        done = await call("exam", act, EXAM, id_, *more)
        assert (done.code, done.err) == (DONE, "")
        built.attempts.doubt_all()
        states.append((await view(built, id_)).core)
    assert [core.state.value for core in states] == [
        "in_progress", "paused", "in_progress", "in_progress", "submitted", "in_progress",
        "terminated",
    ]  # fmt: skip
    assert states[0].incident_ms == 10 * MINUTE
    assert states[-1].incident_ms == 15 * MINUTE
    assert [notice.text for notice in states[-1].notices] == ["Look at the board."]
    for act in ("resolve", "approve-takeover"):
        done = await call("exam", act, EXAM, id_)
        assert (done.code, done.out) == (NOT_DONE, "Nothing was done.\n")


async def test_who_is_not_on_the_roll_is_named_and_nothing_is_done(
    call: Caller, built: App
) -> None:
    (id_,) = await furnish(built, "asha")
    await Candidate(built, "asha").start()
    who = ("--candidate", "asha", "--candidate", "nobody", "--candidate", "no-one")
    done = await call("exam", "pause", EXAM, *who)
    assert (done.code, done.out) == (NOT_DONE, "")
    assert done.err == f"examsync: not_found: not on the roll of {EXAM}: nobody, no-one.\n"
    built.attempts.doubt_all()
    assert (await view(built, id_)).core.state == "in_progress"


async def test_a_notice_for_everybody_is_a_fact_of_the_exam(call: Caller, built: App) -> None:
    await furnish(built, "asha")
    done = await call("exam", "announce", EXAM, "Question 7: read m/s for km/s.")
    assert (done.code, done.out) == (DONE, "Done for the whole exam, and it is durable.\n")
    await built.exams.refresh(EXAM)
    exam = built.exams.get(EXAM)
    assert exam is not None
    assert [notice.text for notice in exam.notices] == ["Question 7: read m/s for km/s."]
    assert (await call("exam", "announce", EXAM, "")).code == WRONG_CALL
    assert "there is no exam nowhere." in (await call("exam", "announce", "nowhere", "x")).err


async def test_a_text_is_said_as_the_last_argument_or_as_an_option(
    call: Caller, built: App
) -> None:
    (id_,) = await furnish(built, "asha")
    await Candidate(built, "asha").start()
    for said in (
        ("message", EXAM, id_, "Sit still."),
        ("message", EXAM, "--candidate", "asha", "Look up."),
        ("message", EXAM, "--text", "Look down.", id_),
        ("announce", EXAM, "--text", "Ten minutes left."),
        ("message", EXAM, "--all", "Five minutes left."),
    ):
        assert (await call("exam", *said)).out.startswith("Done for ")
    built.attempts.doubt_all()
    own = [notice.text for notice in (await view(built, id_)).core.notices]
    assert own == ["Sit still.", "Look up.", "Look down."]
    await built.exams.refresh(EXAM)
    exam = built.exams.get(EXAM)
    assert exam is not None
    assert [each.text for each in exam.notices] == ["Ten minutes left.", "Five minutes left."]


async def test_a_forgotten_text_is_not_taken_from_the_attempts(call: Caller, built: App) -> None:
    asha, ravi = await furnish(built, "asha", "ravi")
    unsaid = "Say what they read, in quotes: TEXT, or --text TEXT."
    for said in (("message", EXAM, asha, ravi), ("message", EXAM), ("announce", EXAM)):
        refused = await call("exam", *said)
        assert refused.code == WRONG_CALL
        assert unsaid in refused.err
    twice = await call("exam", "announce", EXAM, "One.", "--text", "Two.")
    assert (twice.code, "not both" in twice.err) == (WRONG_CALL, True)


def test_every_act_has_words_of_its_own() -> None:
    from examsync.attempts.acting import ACTS

    assert set(EXPLAINED) == set(ACTS)


async def test_what_cannot_be_taken_back_is_asked_about_first(call: Caller, built: App) -> None:
    await furnish(built, "asha")
    for act in ("terminate", "submit-for"):
        asked = await call("exam", act, EXAM, "--all", stdin="n\n")
        assert asked.code == INTERRUPTED
        assert f"For everybody in {EXAM}?" in asked.out
    assert (await call("exam", "terminate", EXAM, "--all", "--yes")).code == DONE
    await built.exams.refresh(EXAM)
    exam = built.exams.get(EXAM)
    assert exam is not None
    assert [order.kind for order in exam.orders] == ["terminate"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("pause", EXAM), WRONG_CALL, "Name attempts, --candidate, or --all"),
        (("pause", EXAM, "a b"), WRONG_CALL, "attempts"),
        (("extend", EXAM, "--all"), WRONG_CALL, "--minutes"),
        (("extend", EXAM, "--all", "--minutes", "0"), WRONG_CALL, "--minutes"),
        (("extend", EXAM, "--all", "--minutes", "1e9"), WRONG_CALL, "extra_ms"),
        (("message", EXAM, "--all"), WRONG_CALL, "--text"),
        (("pause", EXAM, "--all", "--reason", "r" * 501), WRONG_CALL, "reason"),
        (("resolve", EXAM, "--all"), NOT_DONE, "bad_request: "),
        (("resume", EXAM, "--all"), NOT_DONE, "not_paused: "),
        (("pause", "nowhere", "--all"), NOT_DONE, "not_found: "),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
async def test_what_cannot_be_done_is_one_line(
    call: Caller, built: App, *, arguments: tuple[str, ...], code: int, said: str
) -> None:
    await furnish(built, "asha")
    done = await call("exam", *arguments)
    assert done.code == code
    (line,) = done.err.splitlines()
    assert line.startswith("examsync: ")
    assert said in line


async def test_without_its_servers_it_says_which_settings_to_look_at(
    call: Caller, valkey: Valkey
) -> None:
    valkey.kill()
    call.settings["redis.url"] = valkey.url
    done = await call("exam", "pause", EXAM, "--all")
    assert done.code == AWAY
    assert done.err.startswith("examsync: unavailable: ")
    assert "Check redis.url (EXAMSYNC_REDIS_URL), postgres.url (EXAMSYNC_DATABASE_URL)" in done.err
    call.settings["postgres.url"] = "postgresql://127.0.0.1:1/nothing"
    assert (await call("exam", "list")).code == AWAY
