"""Seats are dealt once each; whoever finds none, is counted; all is handed in in the end."""

from loadtest.swarm.crew import Crew, Deal, Seat
from loadtest.swarm.rows import Measure
from loadtest.swarm.shapes import Schedule
from tests.unit.loadtest.swarm.far_end import far_end

SCHEDULE = Schedule("steady", 60.0, 5.0)


def deal(url: str = "http://127.0.0.1:1", seats: int = 2) -> Deal:
    places = [Seat(f"c{number}", "token") for number in range(seats)]
    return Deal("run-1", url, "exam-1", "token", places, SCHEDULE, 0.0)


def test_each_seat_is_taken_once_and_the_next_candidate_is_a_failure() -> None:
    crew = Crew()
    crew.open(deal())
    taken = [crew.seat() for _ in range(3)]
    assert [one.name if one else None for one in taken] == ["c0", "c1", None]
    assert crew.measured().get("ERR candidate").failures == {"no_seat_left: raise --candidates": 1}


def test_without_a_run_nobody_is_seated_and_nobody_watches() -> None:
    crew = Crew()
    assert crew.seat() is None
    crew.open(deal())
    crew.close("the server is away")
    assert crew.seat() is None
    assert crew.examiner() is None
    assert crew.why_not == "the server is away"


def test_a_new_run_begins_with_nothing_measured() -> None:
    crew = Crew()
    crew.open(deal())
    crew.tell(Measure("WSC", "answer", 5.0))
    crew.open(deal())
    assert not crew.measured().rows
    assert crew.seat() is not None


def test_the_same_seed_makes_the_same_candidate() -> None:
    crew = Crew()
    crew.open(deal())
    first = crew.seat()
    crew.open(deal())
    again = crew.seat()
    assert first is not None
    assert again is not None
    assert first.device._auth == again.device._auth


def test_listeners_hear_every_measure() -> None:
    crew, heard = Crew(), list[Measure]()
    crew.listeners.append(heard.append)
    crew.tell(Measure("WSC", "answer", 5.0))
    assert heard == [Measure("WSC", "answer", 5.0)]


def test_whoever_goes_home_hands_in_the_record_and_the_cuts() -> None:
    with far_end({}) as end:
        crew = Crew()
        crew.open(deal(end.url))
        one = crew.seat()
        assert one is not None
        one.device.session.outbox.entries.clear()
        crew.left(one)
        crew.tell(Measure("WSC", "answer", 5.0))
        handed = crew.hand_in(short_of_cpu=True)
    assert [person.candidate for person in handed.people] == ["c0"]
    assert handed.rows.get("WSC answer").count == 1
    assert handed.generator_short_of_cpu
    assert handed.run == "run-1"
