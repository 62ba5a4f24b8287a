"""After a run: everybody's record of acks against the export, figures against thresholds."""

import time

from msgspec import Struct

from loadtest.client.entry import START
from loadtest.office import Office, OfficeError
from loadtest.preparing import Prepared
from loadtest.reconcile import Findings, reconcile
from loadtest.report import Report, add_up
from loadtest.swarm.crew import Handed
from loadtest.swarm.options import Options
from loadtest.swarm.outcome import Facts, Outcome, outcome
from loadtest.swarm.rows import Rows

DURABLE_WITHIN_S = 15.0
"""How long what was acked may take to reach Postgres after all have gone home; two seconds would
do. What is not there by then is lost: waiting on would hide that nothing brings it."""
LOOK_S = 0.5


class Run(Struct):
    """A run that has ended. `missing`: processes that have not handed in what they know."""

    prepared: Prepared
    handed: list[Handed]
    seconds: float
    missing: int = 0
    stopped_early: bool = False
    troubles: list[str] = []


def judge(run: Run, wanted: Options) -> Outcome:
    """All of it. The exam is archived, unless it is to be kept."""
    prepared = run.prepared
    people = [person for handed in run.handed for person in handed.people]
    report = Report(prepared.exam, prepared.schedule.seed, round(prepared.began_ms), people=people)
    add_up(report)
    troubles = list(run.troubles)
    findings = compared(prepared.office, report, troubles)
    if not wanted.keep:
        put_away(prepared, troubles)
    rows = Rows()
    for handed in run.handed:
        rows.merge(handed.rows)
    seated = sum(any(each.event == START for each in person.commands) for person in people)
    facts = facts_of(run, wanted, seated, troubles)
    return outcome(facts, rows, report, findings, wanted.thresholds)


def compared(office: Office, report: Report, troubles: list[str]) -> Findings | None:
    """Compare until all is there, or for so long; what keeps us from it is a trouble."""
    until_s = time.monotonic() + DURABLE_WITHIN_S
    while True:
        try:
            findings = reconcile(report, office.export(report.exam))
        except OfficeError as error:
            troubles.append(f"the export could not be read: {error}")
            return None
        if findings.ok or time.monotonic() >= until_s:
            return findings
        time.sleep(LOOK_S)


def put_away(prepared: Prepared, troubles: list[str]) -> None:
    """Archive the exam."""
    try:
        prepared.office.archive(prepared.exam)
    except OfficeError as error:
        troubles.append(f"{prepared.exam} could not be archived: {error}")


def facts_of(run: Run, wanted: Options, seated: int, troubles: list[str]) -> Facts:
    """What the processes know together."""
    if run.prepared.late:
        troubles.append("making the exam took longer than allowed for: it opened, or ended, early")
    if run.missing:
        troubles.append(f"{run.missing} processes never handed in what they had measured")
    clocks = [handed for handed in run.handed if handed.clock_error_ms]
    clock = min(clocks, key=lambda handed: handed.clock_error_ms, default=Handed(""))
    return Facts(
        run.prepared.exam,
        run.prepared.office.url,
        wanted.schedule.shape,
        wanted.candidates,
        wanted.examiners,
        round(run.seconds, 1),
        seated=seated,
        gaps=sum(handed.gaps for handed in run.handed),
        cuts=sum(handed.cuts for handed in run.handed),
        under_way_when_cut=sum(handed.under_way_when_cut for handed in run.handed),
        clock_offset_ms=round(clock.clock_offset_ms, 2),
        clock_error_ms=round(clock.clock_error_ms, 2),
        generator_short_of_cpu=any(handed.generator_short_of_cpu for handed in run.handed),
        stopped_early=run.stopped_early,
        troubles=troubles,
    )


def exit_code(result: Outcome) -> int:
    """0: all in order; 1: something is not; 130: stopped early, and nothing acked was wrong."""
    if result.ok:
        return 0
    return 130 if result.cut_short else 1
