"""Scopes: what a person types, what a program gives, and what a property's value comes to."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from kg_enrich.documents.conditions import holds
from kg_enrich.documents.scopes import parse_condition, since
from kg_enrich.errors import SettingsError
from kg_enrich.jobs.runs import Job
from kg_enrich.models import Condition, Scope

DAY = datetime(2026, 3, 1, tzinfo=UTC)
SECONDS = int(DAY.timestamp())


@pytest.mark.parametrize(
    ("typed", "values", "selected"),
    [
        ("sev=2", [1, 2, 2.0, "2", "02", None, [1, 2], True], [2, 2.0, "2", [1, 2]]),
        ("sev==2", [1, 2, "2"], [2, "2"]),
        ("sev<>2", [1, 2, "2", "high", None, [2], [1]], [1, "high", [1]]),
        ("sev!=2", [1, 2], [1]),
        ("sev<=2", [1, 2, 3, "1", "10", None], [1, 2, "1"]),
        ("sev>=2", [1, 2, 3, "1", "10"], [2, 3, "10"]),
        ("sev < 2", [1, 2], [1]),
        ("sev>9", ["10", "9", 10], ["10", 10]),
        ("id=9007199254740993", [9007199254740992, 9007199254740993], [9007199254740993]),
        ("name>m", ["a", "z"], ["z"]),
        ("name=a=b", ["a=b", "a"], ["a=b"]),
        ('name="3"', [3, "3"], ["3"]),
        ('name=""', ["", "a"], [""]),
        ('name="<2"', ["<2", 1], ["<2"]),
        ("done=true", [True, False, "true", 1], [True, "true"]),
        ("done<>true", [True, False, None], [False]),
        ("on>2026-03-01", [date(2026, 3, 1), date(2026, 3, 2), DAY], [date(2026, 3, 2)]),
        ("on>=2026-03-01", [date(2026, 2, 28), date(2026, 3, 1), DAY], [date(2026, 3, 1), DAY]),
        ("on<2026-03-01", [date(2026, 2, 28), "2026-02-28T23:59Z", DAY],
         [date(2026, 2, 28), "2026-02-28T23:59Z"]),
        ("on<=2026-03-01", ["2026-03-01T22:00", "2026-03-02"], ["2026-03-01T22:00"]),
        ("on=2026-03-01", ["2026-03-01", DAY, SECONDS + 3600, "2026/03/02"],
         ["2026-03-01", DAY, SECONDS + 3600]),
        ("on<>2026-03-01", ["2026-03-01", DAY, date(2026, 3, 2)], [date(2026, 3, 2)]),
        ("on>2026-03-01T00:00+08:00", ["2026-02-28T16:00Z", DAY], [DAY]),
    ],
)  # fmt: skip
def test_a_condition_selects_what_it_says(
    typed: str, values: list[Any], selected: list[Any]
) -> None:
    condition = parse_condition(typed, ["sev", "id", "name", "done", "on"])
    found = [value for value in values if holds(condition, value)]
    assert [(type(value), value) for value in found] == [(type(one), one) for one in selected]


@pytest.mark.parametrize(
    "value",
    [
        DAY, DAY.replace(tzinfo=None), date(2026, 3, 1), "2026-03-01", "2026/03/01",
        "2026-03-01T00:00:00Z", "2026-03-01 08:00:00+08:00", "2026-03-01T00:00:00.000",
        SECONDS, float(SECONDS), SECONDS * 1000, SECONDS * 10**6, SECONDS * 10**9, 20260301,
    ],
)  # fmt: skip
def test_since_understands_every_way_to_write_a_time(value: Any) -> None:
    assert holds(since("2026-02-28T23:59", "on"), value) is True
    assert holds(since("2026-03-02T00:00", "on"), value) is False


def test_since_a_day_means_its_beginning_and_a_date_may_be_any_time_of_it() -> None:
    assert holds(since("2026-03-01T08:00", "on"), date(2026, 3, 1)) is True
    assert holds(since("2026-03-01", "on"), DAY) is False
    assert since("2026-03-01T08:00+08:00", "on") == Condition("on", "since", (DAY,))


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        (since("2026-03-01", "on"), "last week"),
        (since("2026-03-01", "on"), 2026),
        (since("2026-03-01", "on"), ["2026-03-01"]),
        (since("2026-03-01", "on"), float("nan")),
        (Condition("on", ">", (2,)), "high"),
        (Condition("on", ">", ("2", 2)), [3]),
        (Condition("on", "<", ("x",)), 2),
        (Condition("on", "<", (date(2026, 1, 1),)), "soon"),
    ],
)
def test_what_cannot_be_compared_is_neither_in_nor_out(condition: Condition, value: Any) -> None:
    assert holds(condition, value) is None


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("secret=1", "KG_ENRICH_FILTER_PROPERTIES"),
        ("line", "property=value"),
        ("=3", "property=value"),
        ("line=>3", "double quotes"),
        ("line===3", "double quotes"),
        ("line=", "double quotes"),
        ("line>", "double quotes"),
    ],
)
def test_unusable_conditions_are_refused(typed: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse_condition(typed, ["line"])


@pytest.mark.parametrize("typed", ["last week", "2026-13-01", ""])
def test_an_unusable_time_is_refused(typed: str) -> None:
    with pytest.raises(SettingsError, match="ISO"):
        since(typed, "updatedAt")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"documents": "31"}, r"Scope.documents is str '31': give a tuple"),
        ({"documents": 31}, "Scope.documents is int 31"),
        ({"documents": {"31": 1}}, "Scope.documents is dict"),
        ({"documents": (3.5,)}, "Scope.documents holds float"),
        ({"documents": (None,)}, "Scope.documents holds NoneType"),
        ({"documents": (True,)}, "Scope.documents holds bool"),
        ({"documents": ("\udcff",)}, "no text"),
        ({"labels": "Ticket"}, "Scope.labels is str"),
        ({"containers": "o1"}, "Scope.containers is str"),
        ({"conditions": ("sev>2",)}, "Scope.conditions holds str"),
        ({"conditions": Condition("sev", ">", (2,))}, "Scope.conditions is Condition"),
        ({"limit": "5"}, "Scope.limit is str"),
        ({"limit": 0}, "Scope.limit is int 0"),
        ({"limit": True}, "Scope.limit is bool"),
    ],
)
def test_a_scope_that_cannot_be_meant_is_one_line(given: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        Scope(**given)


@pytest.mark.parametrize(
    "given", [("sev", "~", (2,)), ("sev", ">", 2), ("sev", ">", ()), ("sev", "=", (None,)),
              (7, "=", ("x",)), ("on", "since", ("2026-03-01",))],
)  # fmt: skip
def test_a_condition_that_cannot_be_meant_is_one_line(given: tuple[Any, ...]) -> None:
    with pytest.raises(SettingsError, match="Condition"):
        Condition(*given)


def test_the_same_ids_in_whatever_form_are_the_same_job() -> None:
    asked: list[Any] = [("31", "4"), ["4", "31", "4"], {"31", "4"}, (31, 4), iter((4, "31"))]
    assert len({Job("backfill", "ocr", Scope(documents=ids)).id for ids in asked}) == 1
