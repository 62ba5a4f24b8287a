"""The requests of the matrix are in order: whoever may send them gets on. Otherwise what is refused
there would prove nothing.
"""

from typing import Any

from protocol.types import Role
from tests.edge.calling import calling, problem
from tests.edge.house import EXAM, House
from tests.security.matrix import ROUTES, Whose
from tests.security.scenes import sent, staged, struck

NOT_NOW: dict[tuple[str, str], tuple[int, str]] = {
    ("POST", "/admin/attempts/{attempt}/revert"): (409, "attempt_open"),
    ("POST", "/admin/exams/{exam}/marking"): (409, "attempt_open"),
    ("PATCH", "/admin/exams/{exam}/candidates/{candidate}"): (409, "already_started"),
    ("DELETE", "/admin/exams/{exam}/candidates/{candidate}"): (409, "conflict"),
    ("GET", "/my/exams/{exam}/result"): (404, "not_released"),
}
"""What is allowed and understood, and cannot be in this scene, in which mina is let back in."""


def last(key: tuple[str, str]) -> tuple[bool, bool]:
    """What ends something comes after all that needs it."""
    return key[0] == "DELETE", key[1].endswith("/archive")


async def test_whoever_may_gets_on(house: House) -> None:
    scene = await staged(house)
    people: dict[Whose, tuple[str, Role, dict[str, Any]]] = {
        Whose.CANDIDATES: ("mina", Role.CANDIDATE, {}),
        Whose.LISTS: ("eva", Role.EXAMINER, {}),
        Whose.HALLS: ("eva", Role.EXAMINER, {"halls": frozenset({"hall-2"})}),
        Whose.EXAM: ("eva", Role.EXAMINER, {}),
        Whose.ATTEMPT: ("eva", Role.EXAMINER, {"halls": frozenset({"hall-2"})}),
        Whose.ADMINS: ("root", Role.ADMIN, {}),
    }
    found = {}
    for key, row in sorted(ROUTES.items(), key=lambda each: last(each[0])):
        if row.whose in people:
            who, role, scope = people[row.whose]
            async with calling(house, who, role, **scope) as client:
                response = await sent(client, key, row, scene.at("mina", EXAM))
            if response.status_code >= 300:
                found[key] = problem(response)
    assert found == NOT_NOW
    await struck(scene)
