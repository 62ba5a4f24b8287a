"""What operators copy from config/: every metric, label, setting and command named there exists."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Histogram
from prometheus_client.metrics import MetricWrapperBase

from examsync.attempts.fullness import ANSWERS_UNTIL, STARTS_UNTIL
from examsync.attempts.ports import Outcome
from examsync.cli import COMMANDS
from examsync.config import ALIASES, KEYS
from examsync.edge.sockets.server import PING_INTERVAL_S, PING_TIMEOUT_S
from examsync.infra import metrics
from protocol.problems import Code

FOLDER = Path(__file__).parents[2] / "config"
METRIC = re.compile(r"\bexamsync_[a-z_]+\b")
SELECTED = re.compile(r"\b(examsync_[a-z_]+)\{([^}]*)\}")
GROUPED = re.compile(r"\bby \(([^)]*)\)")
MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')
ALWAYS = {"le", "instance", "job"}
VALUES = {"code": {str(code) for code in Code}, "outcome": {one.value for one in Outcome}}


def declared() -> dict[str, set[str]]:
    """Every series there is, with its labels."""
    found: dict[str, set[str]] = {}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            (described,) = metric.describe()
            suffixes = {"counter": ["_total"], "gauge": [""]}.get(described.type, [])
            if isinstance(metric, Histogram):
                suffixes = ["_bucket", "_sum", "_count"]
            found |= {f"{described.name}{suffix}": set(metric._labelnames) for suffix in suffixes}
    return found


DECLARED = declared()


def alerts() -> dict[str, str]:
    """alert -> expression, of the one form the file is written in."""
    text = (FOLDER / "alerts.yml").read_text(encoding="utf-8")
    rules = re.split(r"^ {6}- alert: ", text, flags=re.MULTILINE)[1:]
    found = {}
    for rule in rules:
        name, _, rest = rule.partition("\n")
        expression = re.search(r"^ {8}expr: (?:>-\n)?(.*?)^ {8}\w+:", rest, re.M | re.S)
        assert expression is not None, name
        found[name] = " ".join(expression[1].split())
    return found


def panels() -> dict[str, str]:
    """ "panel: legend" -> expression."""
    board: dict[str, Any] = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
    return {
        f"{panel['title']}: {target['legendFormat']}": target["expr"]
        for panel in board["panels"]
        for target in panel["targets"]
    }


EXPRESSIONS = {**alerts(), **panels()}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_series_and_label_in_an_expression_exists(name: str) -> None:
    expression = EXPRESSIONS[name]
    used = METRIC.findall(expression)
    assert used
    assert set(used) <= set(DECLARED)
    for metric, matchers in SELECTED.findall(expression):
        for label, _, value in MATCHER.findall(matchers):
            assert label in DECLARED[metric] | ALWAYS
            if label in VALUES:
                assert set(value.split("|")) <= VALUES[label]
    labels = set().union(*(DECLARED[metric] for metric in used)) | ALWAYS
    for group in GROUPED.findall(expression):
        assert {label.strip() for label in group.split(",")} <= labels
    assert expression.count("(") == expression.count(")")


@pytest.mark.parametrize("name", panels())
def test_every_legend_shows_labels_that_are_left(name: str) -> None:
    legend = name.partition(": ")[2]
    shown = set(re.findall(r"\{\{(\w+)\}\}", legend))
    left = {
        label.strip() for group in GROUPED.findall(EXPRESSIONS[name]) for label in group.split(",")
    }
    assert shown <= left


def test_every_metric_is_on_the_dashboard() -> None:
    shown = set(METRIC.findall(" ".join(panels().values())))
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    named = {re.sub(r"_(bucket|sum|count)$", "", name) for name in DECLARED}
    assert named - families == {"examsync_build_info"}


def test_no_label_carries_an_id() -> None:
    labels = set().union(*DECLARED.values())
    ids = {"attempt", "candidate", "exam", "user", "id", "session", "token", "hall", "address"}
    assert not labels & ids
    assert not [label for label in labels if label.endswith("_id")]


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    text = (FOLDER / "alerts.yml").read_text(encoding="utf-8")
    count = len(alerts())
    assert count >= 10
    assert text.count("\n          summary: ") == text.count("\n          action: ") == count
    assert len(re.findall(r"^ {8}labels: \{severity: (?:page|ticket)\}$", text, re.M)) == count


SAMPLES = ("haproxy.cfg", "nginx.conf", "examsync.service", "examsync-work.service")


@pytest.mark.parametrize("name", SAMPLES)
def test_every_setting_a_sample_names_exists(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    sections = "|".join({key.section for key in KEYS} - {"redis"})  # redis.service is a unit
    named = set(re.findall(rf"\b(?:{sections})\.[a-z_]+\b", text))
    assert named <= {key.path for key in KEYS} | {"exams.example"}
    variables = set(re.findall(r"\bEXAMSYNC_[A-Z_]+\b", text))
    known = {f"EXAMSYNC_{key.section}_{key.name}".upper() for key in KEYS} | set(ALIASES)
    assert variables <= known | {"EXAMSYNC_CONFIG"}


@pytest.mark.parametrize("name", ["examsync.service", "examsync-work.service"])
def test_every_command_of_a_unit_exists(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    commands = re.findall(r"^Exec\w+=\S*/examsync (\w+)", text, re.MULTILINE)
    assert len(commands) == 2
    assert set(commands) <= set(COMMANDS)


@pytest.mark.parametrize("name", ["haproxy.cfg", "nginx.conf"])
def test_a_proxy_waits_longer_than_the_pings_and_believes_no_client(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    waits = re.findall(r"(?:timeout tunnel|proxy_read_timeout|proxy_send_timeout) (\d+)s", text)
    assert waits
    assert all(int(wait) > PING_INTERVAL_S + PING_TIMEOUT_S for wait in waits)
    assert re.search(r"leastconn|least_conn", text)
    assert re.search(r"del-header X-Forwarded-For|X-Forwarded-For \$remote_addr", text)


def test_the_alarm_of_a_full_redis_comes_before_anybody_is_refused() -> None:
    (alarm,) = [
        float(found[1])
        for expression in alerts().values()
        if (found := re.search(r'memory_ratio\{machine="redis"\}\) > (0\.\d+)', expression))
    ]
    assert (alarm, STARTS_UNTIL, ANSWERS_UNTIL) == (0.7, 0.85, 0.95), "as the README says"
