"""How a load test gets in, when its exam is, and how seats are dealt."""

import pytest

from loadtest.office import Office, OfficeError
from loadtest.preparing import Access, Prepared, access_of, desk, terms
from loadtest.swarm.crew import Seat
from loadtest.swarm.shapes import Schedule

SECRET = "a secret of the tests, 32 bytes long or more"
BEGAN = 1_800_000_000_000.4


def test_without_a_way_in_all_of_them_are_named() -> None:
    with pytest.raises(OfficeError) as refused:
        access_of({})
    for name in ("EXAMSYNC_AUTH_SECRET", "EXAMSYNC_TOKEN", "EXAMSYNC_LOGIN", "EXAMSYNC_PASSWORD"):
        assert name in str(refused.value)


def test_a_login_without_a_password_is_no_way_in() -> None:
    with pytest.raises(OfficeError, match="set EXAMSYNC_PASSWORD too"):
        access_of({"EXAMSYNC_LOGIN": "boss"})


def test_the_environment_says_how() -> None:
    assert access_of({"EXAMSYNC_TOKEN": "t", "PATH": "/bin"}) == Access(token="t")
    assert access_of({"EXAMSYNC_AUTH_SECRET": SECRET}) == Access(secret=SECRET)
    boss = {"EXAMSYNC_LOGIN": "boss", "EXAMSYNC_PASSWORD": "p"}
    assert access_of(boss) == Access(login="boss", password="p")


def test_with_the_secret_an_admins_token_is_made_and_a_given_one_is_used() -> None:
    assert desk("http://host/", Access(secret=SECRET)).token.count(".") == 2
    assert desk("http://host/", Access(token="t", secret=SECRET)).token == "t"


@pytest.mark.parametrize("shape", ["steady", "storm"])
def test_an_exam_is_open_from_before_the_run_until_well_after_it(shape: str) -> None:
    found = terms(Schedule(shape, 60.0, 5.0), BEGAN)
    assert found.opens_at < BEGAN < BEGAN + 60_000 < found.window_end < found.closes_at
    assert found.duration_ms > found.window_end - found.opens_at  # it never ends before the window


def test_the_bell_rings_when_the_shape_says() -> None:
    assert terms(Schedule("bell", 60.0, 5.0), BEGAN).opens_at == round(BEGAN) + 24_000


def test_a_common_deadline_is_the_end_of_the_run() -> None:
    found = terms(Schedule("final", 60.0, 5.0), BEGAN)
    assert found.window_end == round(BEGAN) + 60_000


def test_every_process_has_seats_of_its_own() -> None:
    seats = [Seat(f"c{number}", "t") for number in range(7)]
    schedule = Schedule("steady", 60.0, 5.0)
    prepared = Prepared(Office("http://host"), "e", seats, "x", schedule, 1.0, 1.0, "run", False)
    dealt = [[seat.candidate for seat in deal.seats] for deal in prepared.deals(3)]
    assert dealt == [["c0", "c3", "c6"], ["c1", "c4"], ["c2", "c5"]]
    assert {deal.run for deal in prepared.deals(3)} == {"run"}
