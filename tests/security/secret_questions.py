"""A paper with a question of every kind in which whatever candidates must not read is a word, or a
number, that stands nowhere else: whoever is sent one of them has been sent a secret.
"""

from typing import Any

from msgspec import structs

from examsync.bank import question as ask
from examsync.bank import store as bank
from examsync.bank.entry import Entry as Asked
from examsync.bank.entry import digest
from examsync.bank.intake import Change
from examsync.bank.paper import Item, Paper, Scheme, Section
from examsync.infra.postgres import Pool

BANK, PAPER = "secret-bank", "secret-paper"
AROUND = {
    "topic": "zqtopic",
    "difficulty": "zqdifficulty",
    "explanation": "zqexplanation",
    "tags": ("zqtag",),
}
"""What every question has beside itself; its id of the author's is another word."""
OPTIONS = ask.choices(["one", "two", "three", "four"])
KEYS = ("8675.3125", "0.0170625", "5150.0625", "5151.4375", "zqword", "zqanother")
"""Right answers, tolerances and bounds that can be told from everything else."""
SECRETS = (*KEYS, "zqtopic", "zqdifficulty", "zqexplanation", "zqtag", "zqid", "zqguidance")


def questions() -> list[ask.Question]:
    """One of each kind; words and numbers of more than one sort."""
    near = ask.Near("8675.3125", tolerance="0.0170625", relative="0.0290625")
    plain: list[ask.Question] = [
        ask.SingleChoice(external_id="", stem="Choose one.", options=OPTIONS, answer=OPTIONS[2].id),
        ask.MultipleChoice(
            external_id="",
            stem="Choose some.",
            options=OPTIONS,
            answers=(OPTIONS[1].id, OPTIONS[3].id),
        ),
        ask.TrueFalse(external_id="", stem="Is it?", answer=True),
        ask.Numerical(
            external_id="", stem="How much?", answers=(near, ask.Between("5150.0625", "5151.4375"))
        ),
        ask.ShortText(
            external_id="",
            stem="Which?",
            answers=("zqword", "zqanother", "plain"),  # what candidates send is echoed to them
            case_sensitive=True,
        ),
        ask.LongText(external_id="", stem="Why?", guidance="zqguidance"),
    ]
    around: dict[str, Any] = dict(AROUND)
    return [
        structs.replace(each, external_id=f"zqid-{n}", **around) for n, each in enumerate(plain)
    ]


def paper() -> Paper:
    """All of them, as q1 to q6."""
    items = [Item(f"q{n}", each, "4", "1") for n, each in enumerate(questions(), start=1)]
    items[1] = structs.replace(items[1], scheme=Scheme.ALL_OR_NOTHING)
    return Paper(PAPER, "A paper", [Section("s1", "All", items, True)], "Answer all.")


def right() -> dict[str, Any]:
    """Responses that earn every mark a machine gives."""
    some = [OPTIONS[1].id, OPTIONS[3].id]
    return {"q1": OPTIONS[2].id, "q2": some, "q3": True, "q4": "5150.5", "q5": "plain"}


def wrong() -> dict[str, Any]:
    """Responses that earn none."""
    some = [OPTIONS[0].id, OPTIONS[3].id]
    return {"q1": OPTIONS[0].id, "q2": some, "q3": False, "q4": "1", "q5": "?", "q6": "Hm."}


def unfit() -> dict[str, Any]:
    """Responses that are none at all, so that a refusal has something to say of the question."""
    return {"q1": "no option", "q2": [OPTIONS[0].id, "x"], "q3": 1, "q4": "much", "q5": 5, "q6": []}


async def put(pool: Pool) -> None:
    """The bank and the paper into Postgres."""
    entries = [Asked(each) for each in questions()]
    changes = [Change(1, digest(entry), entry) for entry in entries]
    async with pool.acquire() as connection, connection.transaction():
        await bank.lock_bank(connection, BANK, "asha")
        await bank.insert_changes(connection, BANK, changes, "asha")
        found = await bank.fetch_entries(connection, BANK, 100)
        numbers = {one.entry.question.external_id: one.number for one in found}
        await bank.insert_paper(connection, paper(), BANK, numbers, "asha")
