"""The sitting that every example is taken from: a mock exam in two languages, one afternoon.

Asha Verma sits in hall B; Ravi Iyer supervises. Receipts and hashes have the right shape, but are
made up.
"""

from protocol.facts import Rev
from protocol.paper import Item, Option, Order, Paper, Section
from protocol.types import ItemKind

EXAM = "neet-mock-7"
TITLE = "NEET मॉक परीक्षा 7"
ATTEMPT = "neet-mock-7.asha"
OTHER = "neet-mock-7.farhan"
THIRD = "neet-mock-7.meera"
CANDIDATE = "asha"
EXAMINER = "ravi"
INSTANCE = "web-5f1c2a9e"
TABLET = "tab-90d3b7c4"
LEASE = "1795248000412-7f3a"
LEASE_BEFORE = "1795247991007-c21e"

OPENS = 1_795_248_000_000
"""21 November 2026, 13:30 in India."""
STARTED = OPENS + 42_180
DEADLINE = STARTED + 60 * 60_000
NOW = STARTED + 11 * 60_000 + 5_250

REV: Rev = (3, 27)
DURABLE: Rev = (3, 25)
REV_LATER: Rev = (3, 28)

KEY_1 = "0192f8a1-6c1e-7a55-9b1d-2f6c0a4e8b11"
KEY_2 = "0192f8a1-7d02-7c9a-8e43-51be9f0d6a72"
KEY_3 = "0192f8a3-11f4-7b60-a2d9-c7e0b1f58d03"


def receipt(mark: str) -> str:
    """A receipt as it looks; `mark` tells one from another."""
    return f"k1.{mark}.q7Jm0c3TzT1xvYt5b0wW0Jq3m2Z8fH1n4kS9dPeUaLo"


def chain(mark: str) -> str:
    """A link of a chain as it looks."""
    return (mark * 8)[:8] + "4be1b2c97a0f5d6e8c31a9047bd25f6e1c83aa90"


PAPER = Paper(
    id="neet-mock-7.a",
    title=TITLE,
    instructions="प्रत्येक प्रश्न के 4 अंक। गलत उत्तर पर 1 अंक कटेगा।",
    sections=[
        Section(
            id="physics",
            title="भौतिकी · Physics",
            items=[
                Item(
                    id="p1",
                    kind=ItemKind.SINGLE_CHOICE,
                    stem="एक वस्तु 20 m/s से ऊपर फेंकी जाती है। अधिकतम ऊँचाई? (g = 10 m/s²)",
                    marks="4",
                    negative_marks="1",
                    options=[
                        Option("a", "10 m"),
                        Option("b", "20 m"),
                        Option("c", "30 m"),
                        Option("d", "40 m"),
                    ],
                ),
                Item(
                    id="p2",
                    kind=ItemKind.NUMERICAL,
                    stem="The work done by $F = 3\\,\\mathrm{N}$ over 0.25 m, in joules:",
                    marks="4",
                ),
            ],
        ),
        Section(
            id="biology",
            title="जीव विज्ञान · Biology",
            items=[
                Item(
                    id="b1",
                    kind=ItemKind.MULTIPLE_CHOICE,
                    stem="इनमें से कौन-से स्तनधारी हैं?",
                    marks="4",
                    negative_marks="0.25",
                    options=[
                        Option("a", "व्हेल"),
                        Option("b", "चमगादड़"),
                        Option("c", "मगरमच्छ"),
                    ],
                    image="neet-mock-7/b1.webp",
                ),
                Item(
                    id="b2",
                    kind=ItemKind.LONG_TEXT,
                    stem="प्रकाश-संश्लेषण को अपने शब्दों में समझाइए।",
                    marks="6",
                ),
            ],
        ),
    ],
)

ORDER = Order(
    items=["p2", "p1", "b2", "b1"],
    options={"p1": ["c", "a", "d", "b"], "b1": ["b", "c", "a"]},
)
