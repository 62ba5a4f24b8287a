"""`examsync token`: what it issues it also understands."""

import io
import json

import pytest

from examsync.access.service import key_ring
from examsync.access.token import TOKEN_LIFE_MS_MAX
from examsync.cli import DONE, NOT_DONE, WRONG_CALL, main
from examsync.settings import Auth

SECRET = "s" * 40
SAFE = ["-s", f"auth.secret={SECRET}", "-s", "auth.receipt_secret=" + "r" * 40]
CANDIDATE = ["--subject", "cand-7", "--role", "candidate", "--exam", "physics-1"]


def issued(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["token", "issue", *SAFE, *arguments]) == DONE
    return capsys.readouterr().out.strip()


def test_an_issued_token_checks(capsys: pytest.CaptureFixture[str]) -> None:
    token = issued(capsys, *CANDIDATE, "--name", "Anna Ñandú")
    assert main(["token", "check", token, *SAFE]) == DONE
    shown = capsys.readouterr().out
    assert "cand-7  Anna Ñandú" in shown
    assert "candidate" in shown
    assert "physics-1" in shown


def test_a_token_is_read_from_standard_input(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(issued(capsys, *CANDIDATE) + "\n"))
    assert main(["token", "check", "--json", *SAFE]) == DONE
    assert json.loads(capsys.readouterr().out)["subject"] == "cand-7"


def test_json_gives_the_token_and_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    examiner = ["--subject", "e-1", "--role", "examiner", "--exam", "a", "--exam", "b"]
    shown = json.loads(issued(capsys, *examiner, "--hall", "East", "--life-s", "60", "--json"))
    identity = shown["identity"]
    assert shown["token"].count(".") == 2
    assert sorted(identity["exams"]) == ["a", "b"]
    assert identity["halls"] == ["East"]
    assert identity["expires_at"] - identity["issued_at"] == 60_000
    assert main(["token", "check", shown["token"], *SAFE]) == DONE
    assert "halls    East" in capsys.readouterr().out


def test_an_admin_needs_no_exam_and_is_for_all(capsys: pytest.CaptureFixture[str]) -> None:
    token = issued(capsys, "--subject", "root", "--role", "admin")
    assert main(["token", "check", token, *SAFE]) == DONE
    assert "exams    all" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--subject", "c", "--role", "candidate"], "--exam"),
        (["--subject", "c d", "--role", "admin"], "shape"),
        (["--subject", "c", "--role", "root"], "root"),
        ([*CANDIDATE, "--life-s", "0"], "life-s"),
        ([*CANDIDATE, "--life-s", str(TOKEN_LIFE_MS_MAX)], "30 days"),
        (["--role", "admin"], "--subject"),
    ],
)
def test_a_token_that_would_open_nothing_is_not_issued(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(["token", "issue", *SAFE, *arguments]) == WRONG_CALL
    assert said in capsys.readouterr().err


def test_nothing_is_issued_with_the_default_secret(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["token", "issue", *CANDIDATE]) == WRONG_CALL
    assert "auth.secret" in capsys.readouterr().err
    assert main(["token", "issue", *CANDIDATE, "-s", "server.demo=true"]) == DONE


def test_a_token_of_another_key_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    token = issued(capsys, *CANDIDATE)
    assert main(["token", "check", token]) == NOT_DONE
    assert capsys.readouterr().err.startswith("examsync: unauthorized: ")


def test_earlier_keys_are_in_the_ring_and_the_current_one_signs() -> None:
    auth = Auth(secret=SECRET, key_id="b", previous={"a": "p" * 40}, leeway_s=5, issuer="me")
    ring = key_ring(auth)
    assert ring.current == "b"
    assert ring.all == {"a": b"p" * 40, "b": SECRET.encode()}
    assert (ring.leeway_ms, ring.issuer, ring.audience) == (5_000, "me", "examsync")
