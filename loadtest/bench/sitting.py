"""An exam for one contestant's turn: made, its candidates seated, and reconciled afterwards."""

import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from loadtest.bench.house import SECRET
from loadtest.office import ASK_WITHIN_S, Office, OfficeError, Terms
from loadtest.tokens import sign
from protocol.http import ExportedResponse
from protocol.types import Role

LASTS_MS = 3 * 3_600_000
GRACE_MS = 5_000
SHORT, LONG = "an answer of a few words", "A longer answer, of a sentence or two, as typed. " * 3


class Sitting(Struct, frozen=True):
    """An exam that can be sat at once, and the files that say so to generator and peers."""

    exam: str
    candidates: int
    examiners: int
    seats: Path
    """Name, token and client instance of every candidate, a line each."""
    watchers: Path
    answers: Path
    """Item and response, a line each; an item's lines follow one another."""
    told: Path
    """The exam as peers are told: id, title, terms, paper."""


def prepare(
    office: Office,
    folder: Path,
    *,
    paper: str,
    candidates: int,
    examiners: int,
    terms: Terms | None = None,
) -> Sitting:
    """Make an exam and everybody's token; for hours, unless terms say otherwise. Raises
    OfficeError."""
    names = [f"bench-{number:05d}" for number in range(1, candidates + 1)]
    terms = terms or for_hours()
    exam = office.make_exam(paper, terms, names)
    shown = shown_to_candidates(paper_of(office, paper))
    sitting = Sitting(
        exam,
        candidates,
        examiners,
        seats=folder / "seats.tsv",
        watchers=folder / "watchers.tsv",
        answers=folder / "answers.tsv",
        told=folder / "exam.json",
    )
    sitting.seats.write_text(lines(names, Role.CANDIDATE, exam))
    watchers = [f"examiner-{number}" for number in range(1, examiners + 1)]
    sitting.watchers.write_text(lines(watchers, Role.EXAMINER, exam))
    sitting.answers.write_text("".join(answers(shown)))
    told = {"id": exam, "title": "Benchmark", "paper": shown, "terms": told_terms(terms)}
    sitting.told.write_bytes(msgspec.json.encode(told))
    return sitting


def for_hours() -> Terms:
    """An exam that has opened and goes on."""
    now = round(time.time() * 1_000)
    return Terms(now - 2_000, now + LASTS_MS, now + LASTS_MS, LASTS_MS)


def paper_of(office: Office, paper: str) -> dict[str, Any]:
    """All of a paper, with its keys. Raises OfficeError."""
    headers = {"authorization": f"Bearer {office.token}"}
    request = urllib.request.Request(f"{office.url}/admin/papers/{paper}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=ASK_WITHIN_S) as reply:
            found: dict[str, Any] = msgspec.json.decode(reply.read())
    except OSError as error:
        raise OfficeError(f"The paper {paper} cannot be read: {error}.") from error
    return found


def told_terms(terms: Terms) -> dict[str, int]:
    """The terms as peers read them."""
    said: dict[str, int] = msgspec.to_builtins(terms)
    return said | {"grace_ms": GRACE_MS}


def lines(names: list[str], role: Role, exam: str) -> str:
    """A line for each: name, token, client instance."""
    return "".join(f"{name}\t{sign(SECRET, name, role, exam)}\tdevice-{name}\n" for name in names)


def shown_to_candidates(paper: dict[str, Any]) -> dict[str, Any]:
    """A paper without its keys: what of it candidates are shown."""
    sections = [
        {
            "id": section["section"],
            "title": section["title"],
            "items": [shown_item(item) for item in section["items"]],
        }
        for section in paper["sections"]
    ]
    return {"id": paper["paper"], "title": paper["title"], "sections": sections}


def shown_item(keyed: dict[str, Any]) -> dict[str, Any]:
    """An item without its key."""
    question = keyed["question"]
    return {
        "id": keyed["item"],
        "kind": question["kind"],
        "stem": question["stem"],
        "marks": keyed["marks"],
        "options": [{"id": o["id"], "text": o["text"]} for o in question["options"]],
    }


def answers(paper: dict[str, Any]) -> list[str]:
    """Two or more responses to every item, as lines."""
    found = []
    for section in paper["sections"]:
        for item in section["items"]:
            responses = responses_of(item["kind"], [o["id"] for o in item.get("options", [])])
            found += [f"{item['id']}\t{msgspec.json.encode(r).decode()}\n" for r in responses]
    return found


def responses_of(kind: str, options: list[str]) -> list[Any]:
    """Responses that fit a kind of item."""
    match kind:
        case "single_choice":
            return list(options)
        case "multiple_choice":
            return [options[:1], options[1:3]]
        case "true_false":
            return [True, False]
        case "numerical":
            return [98.5, "99.25"]
        case "short_text":
            return [SHORT, SHORT.upper()]
    return [LONG, LONG.upper()]


class Ledger(Struct):
    """What the generator was acknowledged, against the export: nothing may be missing.

    `newer`: a later answer is stored whose ack did not come, or came as a refusal; that is no loss.
    """

    compared: int = 0
    newer: int = 0
    missing: int = 0
    first: str = ""


Stored = Mapping[str, Mapping[str, ExportedResponse]]
"""What a database holds: responses by candidate and item."""


def reconcile(acked: Path, stored: Stored) -> Ledger:
    """Compare the last acknowledged answer of everybody to everything with what is stored."""
    found = Ledger()
    with acked.open() as file:
        for line in file:
            name, item, seq, response = line.rstrip("\n").split("\t")
            found.compared += 1
            held = stored.get(name, {}).get(item)
            if held is not None and held.seq > int(seq):
                found.newer += 1
            elif held is None or held.seq != int(seq) or not same(held.response, response):
                found.missing += 1
                found.first = found.first or f"{line.strip()}: stored is {held}"
    return found


def same(stored: object, acked: str) -> bool:
    """Whether a stored response is the JSON that was acknowledged."""
    return bool(msgspec.json.decode(acked) == stored)
