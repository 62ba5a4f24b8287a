"""Sources: which value wins, in which type, and what is said when one cannot be used."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import pytest
from msgspec import Meta, Struct

from examsync.sources import BadConfig, Key, Setting, gather, keys_of


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Lamp(Struct):
    watts: Annotated[int, Meta(ge=1, le=100, description="How strong.")] = 40
    warmth: float = 0.5
    on: bool = False
    colour: Colour = Colour.RED
    names: tuple[str, ...] = ()
    owners: dict[str, str] = {}
    code: Annotated[str, Meta(min_length=4, extra={"secret": "whole"})] = "0000"
    link: Annotated[str, Meta(extra={"secret": "url"})] = "db://host"


KEYS = keys_of("lamp", Lamp)


def got(
    text: str | None = None,
    environ: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    **flags: object,
) -> dict[str, Setting]:
    def read(path: str) -> str:
        if path not in (files or {}):
            raise FileNotFoundError(2, "No such file", path)
        return (files or {})[path]

    return gather(
        KEYS,
        {"WATTS": "lamp.watts"},
        file=None if text is None else ("a.toml", text),
        environ=environ or {},
        flags={f"lamp.{name}": value for name, value in flags.items()},
        read=read,
    )


def faults(*args: Any, **kwargs: Any) -> list[str]:
    with pytest.raises(BadConfig) as caught:
        got(*args, **kwargs)
    assert str(caught.value) == "; ".join(caught.value.faults)
    return caught.value.faults


def key(name: str) -> Key:
    return next(key for key in KEYS if key.name == name)


def test_without_any_source_the_defaults_hold() -> None:
    found = got()
    assert found["lamp.watts"] == Setting(40, "default")
    assert set(found) == {key.path for key in KEYS}


def test_file_environment_and_flags_each_beat_the_one_before() -> None:
    file, environ = "[lamp]\nwatts = 1", {"EXAMSYNC_LAMP_WATTS": "2"}
    assert got(file)["lamp.watts"] == Setting(1, "file a.toml")
    assert got(file, environ)["lamp.watts"] == Setting(2, "environment EXAMSYNC_LAMP_WATTS")
    assert got(file, environ, watts=3)["lamp.watts"] == Setting(3, "flag")


def test_an_alias_sets_its_key_and_the_exact_name_beats_it() -> None:
    assert got(environ={"WATTS": "7"})["lamp.watts"] == Setting(7, "environment WATTS")
    both = {"EXAMSYNC_LAMP_WATTS": "8", "WATTS": "7"}
    assert got(environ=both)["lamp.watts"].value == 8


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("watts", "12", 12),
        ("warmth", "0.25", 0.25),
        ("warmth", "1", 1.0),
        ("on", "true", True),
        ("on", "0", False),
        ("colour", "green", Colour.GREEN),
        ("names", "a, b,,c ", ("a", "b", "c")),
        ("names", '["a,b"]', ("a,b",)),
        ("owners", '{"x": "y"}', {"x": "y"}),
        ("code", "1234", "1234"),
    ],
)
def test_text_from_variables_and_flags_takes_the_type_of_its_key(
    name: str, text: str, value: object
) -> None:
    assert got(environ={f"EXAMSYNC_LAMP_{name.upper()}": text})[f"lamp.{name}"].value == value
    assert got(None, None, None, **{name: text})[f"lamp.{name}"].value == value


def test_an_empty_variable_means_not_set() -> None:
    assert got(environ={"EXAMSYNC_LAMP_WATTS": ""})["lamp.watts"].source == "default"


def test_a_file_keeps_its_own_types() -> None:
    assert got('[lamp]\nnames = ["a"]\non = true\nwarmth = 2')["lamp.warmth"].value == 2.0
    assert "Expected `int`, got `str`" in faults('[lamp]\nwatts = "12"')[0]
    assert "Expected `int`, got `bool`" in faults("[lamp]\nwatts = true")[0]


def test_a_value_out_of_range_is_named_with_its_source() -> None:
    assert faults("[lamp]\nwatts = 101") == [
        "lamp.watts = 101 (from file a.toml): Expected `int` <= 100"
    ]
    assert faults(environ={"WATTS": "many"}) == [
        "lamp.watts = 'many' (from environment WATTS): Expected `int`, got `str`"
    ]
    assert "one of red, green" in faults(colour="blue")[0]


def test_all_faults_are_told_at_once() -> None:
    told = faults("[lamp]\nwatts = 0\nwats = 1\n[lmap]\n", {"EXAMSYNC_LAMP_ON": "maybe"}, hue=1)
    assert len(told) == 5


def test_an_unknown_key_is_refused_with_the_likely_one() -> None:
    assert faults("[lamp]\nwats = 1") == [
        "lamp.wats (from file a.toml): there is no such key; did you mean lamp.watts?"
    ]
    assert "did you mean lamp?" in faults("[lamb]")[0]
    assert "did you mean lamp.colour?" in faults(color="red")[0]
    assert "config default` lists them all" in faults("[zzz]")[0]


def test_a_section_that_is_no_table_is_refused() -> None:
    assert "write it as a table, [lamp]" in faults("lamp = 1")[0]


def test_a_file_that_is_no_toml_is_refused_with_the_line() -> None:
    assert "line 2" in faults("[lamp]\nwatts = = 1")[0]


@pytest.mark.parametrize("name", ["EXAMSYNC_LAMP_WATS", "EXAMSYNC_LANP_WATTS", "EXAMSYNC_LAMP_X"])
def test_a_variable_surely_meant_for_us_must_exist(name: str) -> None:
    assert name in faults(environ={name: "1"})[0]


@pytest.mark.parametrize(
    "name",
    [
        "EXAMSYNC_PORT",
        "EXAMSYNC_SERVICE_HOST",
        "EXAMSYNC_LAMP_SERVICE_PORT_HTTP",
        "EXAMSYNC_LAMP_PORT_80_TCP_ADDR",
        "EXAMSYNC_ELSEWHERE",
        "LAMP_WATTS",
    ],
)
def test_variables_of_the_platform_and_of_others_are_left_alone(name: str) -> None:
    assert got(environ={name: "tcp://10.0.0.1:80"})["lamp.watts"].source == "default"


def test_a_secret_may_lie_in_a_file_whose_last_newline_is_not_part_of_it() -> None:
    found = got(environ={"EXAMSYNC_LAMP_CODE_FILE": "/run/code"}, files={"/run/code": "abcd\n"})
    assert found["lamp.code"] == Setting("abcd", "environment EXAMSYNC_LAMP_CODE_FILE")


def test_a_secret_file_that_cannot_be_read_is_named() -> None:
    assert "EXAMSYNC_LAMP_CODE_FILE" in faults(environ={"EXAMSYNC_LAMP_CODE_FILE": "/none"})[0]


def test_a_secret_and_its_file_together_are_refused() -> None:
    environ = {"EXAMSYNC_LAMP_CODE_FILE": "/run/code", "EXAMSYNC_LAMP_CODE": "1234"}
    assert "not both" in faults(environ=environ, files={"/run/code": "abcd"})[0]


def test_only_secrets_have_a_file_variant() -> None:
    assert "EXAMSYNC_LAMP_WATTS_FILE" in faults(environ={"EXAMSYNC_LAMP_WATTS_FILE": "/x"})[0]


def test_a_refused_secret_is_not_shown() -> None:
    told = faults(environ={"EXAMSYNC_LAMP_CODE": "hid"})[0]
    assert "hid" not in told
    assert "length >= 4" in told


def test_masks_hide_the_whole_secret_or_what_a_url_says_of_the_user() -> None:
    assert key("code").masked("1234") == "***"
    assert key("code").masked("") == ""
    assert key("watts").masked(40) == 40
    link = key("link")
    assert link.masked("db://host/x") == "db://host/x"
    assert link.masked("db://ann:p/w@rd@host/x") == "db://***@host/x"
    assert link.masked("db://host/x?user=a&password=pw&ssl=1") == (
        "db://host/x?user=a&password=***&ssl=1"
    )


def test_a_key_knows_its_names_meaning_and_default() -> None:
    watts = key("watts")
    assert (watts.path, watts.variable) == ("lamp.watts", "EXAMSYNC_LAMP_WATTS")
    assert (watts.meaning, watts.default) == ("How strong.", 40)
    assert key("owners").default == {}
