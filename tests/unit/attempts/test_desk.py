"""One attempt at work: decided one after the other, on what is about to be, told when it is."""

from msgspec import structs

from examsync.attempts.attempt import Attempt, apply
from examsync.attempts.decision import Context, Decision
from examsync.attempts.desk import IN_FLIGHT_MAX, WAITING_MAX, Op
from examsync.attempts.ports import Check, Outcome, Save
from examsync.attempts.seal import fact_hash
from examsync.exams.exam import Exam, Order
from protocol.facts import Terminated
from protocol.problems import Code
from protocol.types import AttemptState
from tests.builders import (
    CHAIN_KEY,
    LATER,
    SALT,
    START,
    exam,
    granted,
    life,
    running,
    saved,
    told,
)
from tests.unit.attempts.bench import AT, Bench, answer_to, code_of, note, refuses, writes


def test_a_command_waits_until_its_attempt_is_here() -> None:
    bench = Bench(loaded=False)
    ops = [bench.save(), bench.save()]
    assert (bench.writes, bench.loads) == ([], 2)
    assert not any(op.reply.done for op in ops)
    bench.desk.loaded(bench.attempt)
    assert [op for op, _ in bench.writes] == ops


def test_what_is_in_flight_sits_on_a_pending_state_that_nobody_else_sees() -> None:
    bench = Bench()
    one, two = bench.save(), bench.save()
    first, second = bench.saves()
    assert first.before is bench.attempt
    assert second.before is first.after
    assert second.fact.prev == first.fact.hash
    assert confirmed(bench) is bench.attempt
    bench.settle(one)
    assert confirmed(bench) == first.after
    assert answer_to(one).attempt == first.after
    assert not two.reply.done
    bench.settle(two)
    assert answer_to(two).attempt == second.after


def confirmed(bench: Bench) -> Attempt | None:
    """What everybody else sees."""
    return bench.desk.confirmed


def test_a_fact_is_sealed_and_says_who_when_and_what_its_receipt_covers() -> None:
    bench = Bench()
    bench.take(writes(note("h-1")), arrived=START + 5)
    (save,) = bench.saves()
    made = save.fact
    assert (made.attempt, made.epoch, made.n, made.prev) == (
        bench.attempt.id,
        1,
        3,
        bench.attempt.head,
    )
    told = (made.at, made.by, made.command, made.effect)
    assert told == (START + 5, "somebody", "raise_hand", "{}")
    assert made.hash == fact_hash(CHAIN_KEY, made, SALT)
    assert (save.due, save.life) == ("77", life())
    assert save.after == apply(bench.attempt, made)


def test_answers_and_the_system_leave_no_command_behind() -> None:
    bench = Bench()
    bench.save(saved())
    bench.desk.take(Op(writes(note()), Context(START, "system"), START))
    bench.save()
    said = [(save.fact.command, save.fact.effect) for save in bench.saves()]
    assert said == [("", ""), ("", ""), ("raise_hand", "{}")]


def test_a_reply_that_writes_nothing_is_checked_on_the_pending_state() -> None:
    bench = Bench()
    bench.sat = exam(n=4)
    bench.save()
    look = bench.look()
    (save,) = bench.saves()
    (check,) = [write for _, write in bench.writes if isinstance(write, Check)]
    assert (check.attempt, check.exam_n, check.life) == (save.after, 4, life())
    assert not look.reply.done


def test_a_refusal_is_checked_before_it_is_given() -> None:
    """It may have been decided on stale memory."""
    bench = Bench()
    op = bench.take(refuses(Code.PAUSED))
    assert bench.written() == [None]
    assert not op.reply.done
    bench.settle(op)
    assert code_of(op) is Code.PAUSED
    assert answer_to(op).attempt == bench.attempt


def test_replies_and_news_come_in_order_with_the_time_of_their_confirmation() -> None:
    bench = Bench()
    ops = [bench.save(name=f"h-{n}") for n in range(3)]
    order: list[int] = []
    for number, op in enumerate(ops):
        op.reply.then(lambda _, number=number: order.append(number))  # type: ignore[misc]
    for op in ops:
        bench.settle(op)
    assert order == [0, 1, 2]
    assert [fact_.n for _, _, fact_ in bench.told] == [3, 4, 5]
    assert all(before.n + 1 == after.n for before, after, _ in bench.told)
    assert answer_to(ops[0]).at == AT


def test_nothing_is_told_before_it_is_confirmed() -> None:
    bench = Bench()
    bench.save()
    assert bench.told == []


# --- bounds ---------------------------------------------------------------------------------------


def test_so_many_are_in_flight_and_so_many_wait() -> None:
    bench = Bench()
    ops = [bench.save() for _ in range(IN_FLIGHT_MAX + WAITING_MAX + 1)]
    assert len(bench.writes) == IN_FLIGHT_MAX
    assert len(bench.desk.waiting) == WAITING_MAX
    assert code_of(ops[-1]) is Code.RATE_LIMITED
    assert answer_to(ops[-1]).problem is not None
    bench.settle(ops[0])
    assert len(bench.writes) == IN_FLIGHT_MAX + 1
    assert bench.writes[-1][0] is ops[IN_FLIGHT_MAX]


def test_a_desk_is_idle_when_nothing_is_under_way() -> None:
    bench = Bench()
    seen = [bench.desk.idle]
    op = bench.save()
    seen.append(bench.desk.idle)
    bench.settle(op)
    assert [*seen, bench.desk.idle] == [True, False, True]
    waiting = Bench(loaded=False)
    waiting.save()
    assert not waiting.desk.idle


# --- a take-over ----------------------------------------------------------------------------------


def test_nothing_is_decided_behind_a_take_over_in_flight() -> None:
    bench = Bench()
    before = bench.save()
    taken = bench.save(granted(LATER, "phone"))
    behind, look = bench.save(), bench.look()
    assert len(bench.writes) == 2
    bench.settle(before)
    assert len(bench.writes) == 2
    bench.settle(taken)
    assert [op for op, _ in bench.writes[2:]] == [behind, look]
    (save,) = [write for op, write in bench.writes if op is behind and isinstance(write, Save)]
    assert save.before.core.instance == "phone"


def test_a_take_over_that_failed_holds_nobody_up() -> None:
    bench = Bench()
    taken, behind = bench.save(granted(LATER, "phone")), bench.save()
    bench.settle(taken, Outcome.HEAD)
    bench.desk.loaded(bench.attempt)
    assert [op for op, _ in bench.writes[1:]] == [taken]
    bench.settle(taken)
    assert bench.writes[-1][0] is behind


def test_a_duplicate_of_what_is_in_flight_waits_for_it() -> None:
    """It is decided on the pending state, and checked behind the write it repeats."""

    def rule(of: Attempt, sat: Exam, ctx: Context) -> Decision:
        if "h-1" in of.commands:
            return Decision("raise_hand", "h-1", of.commands["h-1"].effect)
        return Decision("raise_hand", "h-1", '{"raised":true}', body=note("h-1"))

    bench = Bench()
    first, again = bench.take(rule), bench.take(rule)
    assert [type(write) for _, write in bench.writes] == [Save, Check]
    bench.settle(first)
    assert not again.reply.done
    bench.settle(again)
    one, two = answer_to(first), answer_to(again)
    assert one.decision is not None
    assert two.decision is not None
    assert one.decision.effect == two.decision.effect


# --- orders of the exam ---------------------------------------------------------------------------


def ended(n: int = 1) -> Exam:
    """The exam was ended for everybody."""
    return exam(orders=(Order(n, "o", "terminate", START + 9, "examiner:1", "alarm"),), n=n)


def test_what_the_exam_was_ordered_comes_before_any_command() -> None:
    bench = Bench()
    bench.sat = ended()
    op = bench.look()
    assert bench.written() == [Terminated("order:1", START + 9, "alarm", 1), None]
    (save,) = bench.saves()
    assert (save.fact.by, save.fact.command) == ("system", "")
    bench.settle(bench.writes[0][0])
    bench.settle(op)
    answered = answer_to(op).attempt
    assert answered is not None
    assert answered.core.state is AttemptState.TERMINATED


def test_an_order_is_carried_out_again_after_a_conflict_and_once() -> None:
    bench = Bench()
    bench.sat = ended()
    op = bench.look()
    bench.settle(bench.writes[0][0], Outcome.HEAD)
    done_elsewhere = told(running(), Terminated("order:1", START + 9, "alarm", 1))
    bench.writes.clear()
    bench.desk.loaded(done_elsewhere)
    assert bench.written() == [None]
    assert bench.writes[0][0] is op


# --- what is heard from elsewhere -----------------------------------------------------------------


def test_what_became_durable_is_noted_on_both_states_and_never_taken_back() -> None:
    def durable() -> tuple[int, int]:
        seen = confirmed(bench)
        assert seen is not None
        return seen.durable

    bench = Bench()
    op = bench.save()
    bench.desk.note_durable((1, 2))
    bench.desk.note_durable((1, 1))
    assert durable() == (1, 2)
    bench.settle(op)
    assert durable() == (1, 2)
    bench.desk.note_durable((2, 0))
    assert durable() == (2, 0)


def test_who_hears_nothing_more_of_what_is_durable_lags() -> None:
    bench = Bench()
    bench.desk.note_durable((1, 1))
    assert not bench.desk.lags(), "something was heard since the last look"
    assert bench.desk.lags()
    op = bench.save()
    assert not bench.desk.lags(), "what is in flight cannot be durable yet"
    bench.settle(op)
    assert bench.desk.lags()
    bench.desk.note_durable((1, 3))
    assert not bench.desk.lags()
    assert not bench.desk.lags(), "all of it is durable"


def test_stale_memory_is_read_again_before_the_next_decision() -> None:
    bench = Bench()
    bench.desk.stale = True
    op = bench.save()
    assert (bench.writes, bench.loads) == ([], 1)
    newer = told(running(), saved())
    bench.desk.loaded(newer)
    (save,) = bench.saves()
    assert save.before is newer
    assert bench.writes[0][0] is op


def test_an_attempt_of_another_epoch_is_read_again() -> None:
    bench = Bench()
    bench.life = life(epoch=2)
    bench.save()
    assert (bench.writes, bench.loads) == ([], 1)
    rebuilt = structs.replace(running(), epoch=2)
    bench.desk.loaded(rebuilt)
    assert bench.saves()[0].fact.epoch == 2


def test_without_life_or_exam_nothing_is_decided() -> None:
    for missing in ("life", "sat"):
        bench = Bench()
        setattr(bench, missing, None)
        op = bench.save()
        assert (bench.writes, bench.loads, op.reply.done) == ([], 1, False)
