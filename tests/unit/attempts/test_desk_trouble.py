"""When a write does not go well: nothing is lost, nothing twice, nothing out of order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examsync.attempts.attempt import Attempt, apply
from examsync.attempts.decision import Context, Decision
from examsync.attempts.desk import PATIENCE_MS, TRIES_MAX, Op
from examsync.attempts.ports import Outcome, Save
from examsync.exams.exam import Exam, Order
from protocol.facts import HandRaised
from protocol.problems import Code
from tests.builders import START, exam, running, saved, told
from tests.unit.attempts.bench import AT, Bench, answer_to, code_of, note, refuses

AGAIN = [Outcome.HEAD, Outcome.LIFE, Outcome.EXAM, Outcome.UNKNOWN]


def test_a_doubt_outlives_what_is_in_flight() -> None:
    """No fact tells of another seat: a write on the same head goes well, and finds out nothing."""
    bench = Bench()
    under_way = bench.save()
    bench.desk.doubt()
    bench.save()
    assert len(bench.writes) == 1, "decided on what is doubted"
    bench.settle(under_way)
    assert code_of(under_way) is None
    assert bench.loads == 1
    newer = told(running(), saved())
    bench.desk.loaded(newer)
    assert bench.saves()[1].before is newer


@pytest.mark.parametrize("outcome", AGAIN)
def test_all_in_flight_is_decided_again_in_order_with_the_first_arrival(outcome: Outcome) -> None:
    bench = Bench()
    ops = [bench.save(name=f"h-{n}") for n in range(3)]
    waits = bench.take(refuses(Code.PAUSED), arrived=START + 7)
    bench.settle(ops[0])
    bench.settle(ops[1], outcome)
    assert bench.desk.confirmed is None
    assert [op.reply.done for op in ops] == [True, False, False]
    assert bench.loads == 1
    bench.writes.clear()
    newer = told(running(), saved(), HandRaised("h-0", True, ""))
    bench.desk.loaded(newer)
    assert [op for op, _ in bench.writes] == [*ops[1:], waits]
    first, second = bench.saves()
    assert (first.before, second.before) == (newer, first.after)
    assert [save.fact.at for save in bench.saves()] == [START, START]
    for op in (*ops[1:], waits):
        bench.settle(op)
    assert code_of(waits) is Code.PAUSED


@pytest.mark.parametrize("outcome", AGAIN)
def test_who_comes_meanwhile_is_behind_who_was_there(outcome: Outcome) -> None:
    bench = Bench()
    first = bench.save()
    bench.settle(first, outcome)
    second = bench.save()
    bench.writes.clear()
    bench.desk.loaded(bench.attempt)
    assert [op for op, _ in bench.writes] == [first, second]


def test_outcomes_of_what_was_dropped_are_ignored() -> None:
    """Their writes named a head that never came to be, so they have failed."""
    bench = Bench()
    one, two, three = bench.save(), bench.save(), bench.save()
    for op, outcome in ((one, Outcome.HEAD), (two, Outcome.HEAD), (three, Outcome.OK)):
        bench.desk.settle(op, outcome, AT)
    bench.desk.advance()
    assert bench.told == []
    assert not any(op.reply.done for op in (one, two, three))
    bench.writes.clear()
    bench.desk.loaded(bench.attempt)
    assert [op for op, _ in bench.writes] == [one, two, three]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [(Outcome.FULL, Code.STORAGE_FULL), (Outcome.REFUSED, Code.UNAVAILABLE)],
)
def test_what_was_surely_not_done_is_refused_with_all_behind_it(
    outcome: Outcome, code: Code
) -> None:
    bench = Bench()
    ops = [bench.save() for _ in range(3)]
    bench.settle(ops[0])
    bench.settle(ops[1], outcome)
    assert [code_of(op) for op in ops] == [None, code, code]
    told_ = answer_to(ops[1]).problem
    assert told_ is not None
    assert told_.retry
    assert told_.retry_after_ms is not None
    assert bench.desk.idle


def test_an_unknown_outcome_that_was_done_is_found_and_not_done_twice() -> None:
    """The write reached Redis, its reply did not reach us."""

    def rule(of: Attempt, sat: Exam, ctx: Context) -> Decision:
        before = of.commands.get("h-1")
        if before is not None:
            return Decision("raise_hand", "h-1", before.effect)
        return Decision("raise_hand", "h-1", '{"raised":true}', body=note("h-1"))

    bench = Bench()
    op = bench.take(rule)
    (save,) = bench.saves()
    bench.settle(op, Outcome.UNKNOWN)
    bench.writes.clear()
    bench.desk.loaded(save.after)
    assert bench.written() == [None]
    bench.settle(op)
    answered = answer_to(op)
    assert answered.decision is not None
    assert answered.decision.effect == '{"raised":true}'
    assert answered.attempt == save.after


def test_after_so_many_tries_the_sender_is_asked_to_try_later() -> None:
    bench = Bench()
    op = bench.save()
    for _ in range(TRIES_MAX - 1):
        bench.settle(op, Outcome.HEAD)
        assert not op.reply.done
        bench.desk.loaded(bench.attempt)
    bench.settle(op, Outcome.HEAD)
    assert code_of(op) is Code.CONFLICT


@pytest.mark.parametrize("outcome", AGAIN)
def test_patience_ends_only_where_the_outcome_is_unknown(outcome: Outcome) -> None:
    for waited, refused in ((PATIENCE_MS - 1, False), (PATIENCE_MS, outcome is Outcome.UNKNOWN)):
        bench = Bench()
        op = bench.take(lambda of, sat, ctx: Decision("x", "", "{}", body=note()), since=START)
        bench.patience = START + waited
        bench.settle(op, outcome)
        assert op.reply.done == refused
        if refused:
            assert code_of(op) is Code.UNAVAILABLE


# --- who waits ------------------------------------------------------------------------------------


def test_who_has_waited_too_long_is_refused_and_the_others_keep_their_order() -> None:
    bench = Bench(loaded=False)
    ops = [
        bench.take(refuses(Code.PAUSED), arrived=START, since=START + at) for at in (3, 1, 4, 1, 5)
    ]
    bench.desk.refuse_waiting(Code.UNAVAILABLE, since_before=START + 3)
    assert [op.reply.done for op in ops] == [False, True, False, True, False]
    assert list(bench.desk.waiting) == [ops[0], ops[2], ops[4]]
    bench.desk.refuse_waiting(Code.NOT_FOUND)
    assert [code_of(op) for op in ops] == [
        Code.NOT_FOUND,
        Code.UNAVAILABLE,
        Code.NOT_FOUND,
        Code.UNAVAILABLE,
        Code.NOT_FOUND,
    ]


def test_who_is_refused_may_ask_again_at_once() -> None:
    bench = Bench(loaded=False)
    again: list[Op] = []
    first = bench.save()
    first.reply.then(lambda _: again.append(bench.save()))
    second = bench.save()
    bench.desk.refuse_waiting(Code.UNAVAILABLE)
    assert code_of(second) is Code.UNAVAILABLE
    assert list(bench.desk.waiting) == again


def test_who_is_answered_may_ask_again_at_once() -> None:
    bench = Bench()
    again: list[Op] = []
    first = bench.save()
    first.reply.then(lambda _: again.append(bench.save()))
    bench.settle(first)
    assert bench.writes[-1][0] is again[0]
    assert bench.saves()[-1].before == bench.saves()[0].after


# --- defects --------------------------------------------------------------------------------------


def test_a_rule_that_fails_costs_one_command() -> None:
    def broken(of: Attempt, sat: Exam, ctx: Context) -> Decision:
        raise ZeroDivisionError

    bench = Bench()
    one, bad, two = bench.save(), bench.take(broken), bench.save()
    assert code_of(bad) is Code.INTERNAL
    assert [type(error) for error in bench.failures] == [ZeroDivisionError]
    assert [op for op, _ in bench.writes] == [one, two]
    assert bench.saves()[1].before == bench.saves()[0].after


def test_a_value_that_cannot_be_written_costs_one_command() -> None:
    """Half a surrogate pair, say, has no UTF-8: it fails where the fact is sealed."""
    bench = Bench()
    bad, good = bench.save(HandRaised("h", True, "\ud800")), bench.save()
    assert code_of(bad) is Code.INTERNAL
    assert len(bench.failures) == 1
    assert [op for op, _ in bench.writes] == [good]
    bench.settle(good)
    assert code_of(good) is None
    assert bench.desk.idle


def test_an_order_that_cannot_be_carried_out_costs_the_command_that_came() -> None:
    bench = Bench()
    bad = Order(1, "o", "terminate", START + 9, "examiner:1", "\ud800")
    bench.sat = exam(orders=(bad,), n=1)
    op = bench.look()
    assert code_of(op) is Code.INTERNAL
    assert bench.desk.idle


# --- whatever happens -----------------------------------------------------------------------------


class Shop:
    """A storage that does what outcomes say, for one attempt."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.stored = bench.attempt

    def strike(self, outcome: Outcome, *, done: bool) -> None:
        """Settle the oldest write as told; an unknown one was done or not."""
        op, write = self.bench.writes.pop(0)
        if not isinstance(write, Save):
            right = write.attempt.head == self.stored.head
            told_ = outcome if outcome is not Outcome.OK or right else Outcome.HEAD
        elif write.before.head != self.stored.head:
            told_ = Outcome.HEAD if outcome is Outcome.OK else outcome
        else:
            if outcome is Outcome.OK or (outcome is Outcome.UNKNOWN and done):
                self.stored = apply(self.stored, write.fact)
            told_ = outcome
        turn = op.turn
        if turn == self.bench.desk.turn:
            self.bench.settle(op, told_)

    def serve(self) -> None:
        """Load for who waits; what was dropped is not written any more."""
        if self.bench.desk.confirmed is None and self.bench.desk.waiting:
            self.bench.writes.clear()
            self.bench.desk.loaded(self.stored)


@given(
    st.lists(
        st.one_of(
            st.just("take"),
            st.just("foreign"),
            st.tuples(st.sampled_from([Outcome.OK, *AGAIN, Outcome.FULL]), st.booleans()),
        ),
        max_size=40,
    )
)
def test_every_command_is_answered_and_every_ok_is_there_once(script: list[object]) -> None:
    bench = Bench()
    shop = Shop(bench)
    ops: list[tuple[str, Op]] = []

    def hand(name: str) -> Op:
        def rule(of: Attempt, sat: Exam, ctx: Context) -> Decision:
            if name in of.commands:
                return Decision("raise_hand", name, "{}")
            return Decision("raise_hand", name, "{}", body=note(name))

        return bench.take(rule)

    for step in script:
        if step == "take":
            ops.append((f"h-{len(ops)}", hand(f"h-{len(ops)}")))
        elif step == "foreign":
            shop.stored = told(shop.stored, note())
        elif isinstance(step, tuple) and bench.writes:
            shop.strike(step[0], done=step[1])
        shop.serve()
    while bench.writes:
        shop.strike(Outcome.OK, done=True)
        shop.serve()
    assert bench.desk.idle
    assert all(op.reply.done for _, op in ops)
    stored = list(shop.stored.commands)
    kept = [name for name, op in ops if code_of(op) is None]
    assert [name for name in stored if name in kept] == kept
