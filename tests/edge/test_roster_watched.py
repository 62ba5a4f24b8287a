"""Who is taken off a roll, or moved to another hall, on the screens of examiners."""

from typing import Any

import httpx

from protocol.types import Role
from tests.edge.calling import made_exam
from tests.edge.clients import Client
from tests.edge.house import House, until
from tests.edge.rooms_to_let import Enter

ROLL = "candidate,hall\nc-1,East\nc-2,East\nc-3,West\nc-4,West\n"


def shown(examiner: Client) -> dict[str, Any]:
    """The rows that an examiner's screen shows now, by candidate: a snapshot replaces all, a delta
    drops who is gone, then takes its rows."""
    rows: dict[str, Any] = {}
    for event, body in examiner.heard:
        if event in ("roster", "progress"):  # a delta of nothing but rows is progress
            if "prior" not in body and body.get("part", 1) == 1:
                rows = {}
            gone = set(body.get("gone", []))
            rows = {who: row for who, row in rows.items() if row["attempt"] not in gone}
            rows |= {row["candidate"]: row for row in body.get("rows", [])}
    return rows


async def test_who_is_taken_off_or_moved_leaves_the_monitors(
    house: House, root: httpx.AsyncClient, enter: Enter
) -> None:
    await made_exam(root, house, "seen-1")
    await root.post("/admin/exams/seen-1/publish")
    path = "/admin/exams/seen-1/candidates"
    done = await root.post(f"{path}/import?commit", content=ROLL)
    assert done.json()["new"] == 4
    exams = frozenset({"seen-1"})
    c_1 = await enter(house, "c-1", exams=exams)
    await c_1.join("seen-1")
    eva = await enter(house, "eva", Role.EXAMINER, exams=exams)
    ina = await enter(house, "ina", Role.EXAMINER, exams=exams, halls=frozenset({"West"}))
    for examiner in (eva, ina):
        await examiner.ok("watch", {"exam": "seen-1"})
    await until(lambda: set(shown(eva)) == {"c-1", "c-2", "c-3", "c-4"})
    await until(lambda: set(shown(ina)) == {"c-3", "c-4"})
    await root.delete(f"{path}/c-2")
    await until(lambda: set(shown(eva)) == {"c-1", "c-3", "c-4"})
    await root.patch(f"{path}/c-3", json={"hall": "East"})
    await until(lambda: set(shown(ina)) == {"c-4"})
    await until(lambda: shown(eva)["c-3"]["hall"] == "East")
    late = await enter(house, "late", Role.EXAMINER, exams=exams)
    await late.ok("watch", {"exam": "seen-1"})
    await until(lambda: set(shown(late)) == {"c-1", "c-3", "c-4"})
