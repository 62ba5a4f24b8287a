"""What the demo says in the beginning: whose exam, how long, how to stop, what to type."""

from pathlib import Path

from examsync.cli.demonstration.hall import Candidate, Hall
from examsync.cli.demonstration.progress import Progress
from examsync.cli.demonstration.telling import Places, opening, status, welcome

HALL = Hall(
    "demo-1", [Candidate("c001", "t1", "Asha")], Candidate("guest", "t2", "You"), "t3", "t4"
)
PLACES = Places("http://127.0.0.1:8000", Path(".dev/demo"), Path(".dev/demo/examsync"))


def test_people_are_told_how_long_the_exam_lasts_and_who_else_acts_in_it() -> None:
    said = welcome(HALL, PLACES, 20 * 60_000)
    assert "An exam of 20m is live, with 1 bots as candidates." in said
    assert "One more bot is the examiner" in said
    assert "An exam of 16500ms is live" in welcome(HALL, PLACES, 16_500)


def test_a_link_for_each_role_and_a_way_to_sit_the_free_seat_again() -> None:
    said = welcome(HALL, PLACES, 1_000)
    for link in ("/admin#token=t4", "/monitor#exam=demo-1&token=t3", "/#token=t2"):
        assert f"\nhttp://127.0.0.1:8000{link}\n" in said
    assert "\n  .dev/demo/examsync exam reopen demo-1 --candidate guest\n" in said


def test_the_first_lines_say_what_happens_to_the_data_and_whose_servers_are_used() -> None:
    assert "stay for the next demo" in opening(PLACES.folder, {})
    assert "Using a server of yours" not in opening(PLACES.folder, {"PATH": "/bin"})
    named = opening(PLACES.folder, {"EXAMSYNC_REDIS_URL": "redis://elsewhere"})
    assert named.endswith("Using a server of yours, as EXAMSYNC_REDIS_URL says.")


def test_the_status_counts_what_ended_in_the_demos_own_exam_alone() -> None:
    samples = {
        'examsync_connections{namespace="/exam"}': 3.0,
        'examsync_events_total{event="answer",outcome="ok"}': 12.0,
        'examsync_attempts_closed_total{how="absent"}': 40.0,
        "examsync_flush_facts_total": 99.0,
    }
    said = status(7.2, samples, Progress(facts=21, handed_in=1, swept=2), bots=True)
    parts = ["   7 s", "3 online", "12 answers saved", "21 facts durable", "1 handed in"]
    assert said == " | ".join([*parts, "2 closed by the sweep"])
    assert status(7.2, {}, Progress(), bots=False).endswith("| bots have gone home")
