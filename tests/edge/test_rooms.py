"""Rooms know their members, and members their rooms."""

from examsync.edge.sockets import rooms

NS = "/exam"


class Hall(rooms.Rooms):
    """Rooms of a server that makes ids and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.server = self
        self.eio = self
        self._next = 0

    def generate_id(self) -> str:
        self._next += 1
        return f"sid-{self._next}"


async def test_who_enters_is_a_member_until_it_leaves() -> None:
    hall = Hall()
    one, two = [await hall.pre_connect(f"eio-{n}", NS) for n in range(2)]
    for sid in (one, two):
        hall.basic_enter_room(sid, NS, rooms.exam("e"))
    assert sorted(hall.members(NS, rooms.exam("e"))) == sorted([one, two])
    hall.basic_leave_room(one, NS, rooms.exam("e"))
    assert hall.members(NS, rooms.exam("e")) == [two]
    assert hall.members("/monitor", rooms.exam("e")) == []


async def test_who_is_let_in_at_once_is_in_as_others_are() -> None:
    hall = Hall()
    sid = hall.let_in("eio-1", NS)
    other = await hall.pre_connect("eio-2", NS)
    await hall.connect(other, NS)
    for each in (sid, other):
        hall.basic_enter_room(each, NS, rooms.exam("e"))
    assert hall.is_connected(sid, NS)
    assert (hall.sid_from_eio_sid("eio-1", NS), hall.eio_sid_from_sid(sid, NS)) == (sid, "eio-1")
    assert set(hall.get_rooms(sid, NS)) == {sid, rooms.exam("e")}
    assert dict(hall.get_participants(NS, sid)) == {sid: "eio-1"}
    both = {sid: "eio-1", other: "eio-2"}
    for room in (None, rooms.exam("e"), [sid, other, "nowhere"]):
        assert dict(hall.get_participants(NS, room)) == both
    for each, eio_sid in both.items():
        assert hall.pre_disconnect(each, NS) == eio_sid
        await hall.disconnect(each, NS)
    assert (hall.rooms, hall._of, hall.pending_disconnect) == ({}, {}, {})


async def test_who_disconnects_is_in_no_room_any_more() -> None:
    hall = Hall()
    sids = [await hall.pre_connect(f"eio-{n}", NS) for n in range(3)]
    for sid in sids:
        await hall.connect(sid, NS)
        hall.basic_enter_room(sid, NS, rooms.attempt(sid))
        hall.basic_enter_room(sid, NS, rooms.exam("e"))
    await hall.disconnect(sids[0], NS)
    assert hall.get_rooms(sids[0], NS) == []
    assert not hall.is_connected(sids[0], NS)
    assert sorted(hall.members(NS, rooms.exam("e"))) == sorted(sids[1:])
    for sid in sids[1:]:
        hall.pre_disconnect(sid, NS)
        await hall.disconnect(sid, NS)
    assert (hall.rooms, hall._of, hall.pending_connect, hall.pending_disconnect) == ({}, {}, {}, {})


async def test_leaving_looks_at_ones_own_rooms_alone() -> None:
    hall = Hall()
    for n in range(50):
        sid = await hall.pre_connect(f"eio-{n}", NS)
        hall.basic_enter_room(sid, NS, rooms.attempt(sid))
    left: list[str | None] = []
    leave = hall.basic_leave_room

    def noted(sid: str, namespace: str, room: str | None) -> None:
        left.append(room)
        leave(sid, namespace, room)

    hall.basic_leave_room = noted  # type: ignore[method-assign]
    await hall.disconnect(sid, NS)
    assert len(left) == 3  # everybody's, its own, its attempt's


def test_no_room_can_be_taken_for_a_sid() -> None:
    assert rooms.exam("sid-1") == "exam:sid-1"
    assert rooms.attempt("sid-1") == "attempt:sid-1"
