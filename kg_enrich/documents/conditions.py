"""Whether a document's property is what a scope asks for: pure.

A time may stand in a graph as a date, a zoned or local time (taken for UTC), ISO text, or the
seconds, milli-, micro- or nanoseconds of the epoch. A date without a time is its whole day.
"""

import operator
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from kg_enrich.models import Condition

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*")
_DAY = re.compile(r"\d{4}([-/])\d{2}\1\d{2}")
_INTEGER = re.compile(r"[+-]?\d{1,19}")
# From these numbers on an epoch is in the next finer unit: seconds of the year 5138 are
# milliseconds of 1973. Below the first lie counters and years, which are no time at all.
_UNITS = ((1e8, None), (1e11, 1), (1e14, 1e3), (1e17, 1e6), (float("inf"), 1e9))

# From the first moment to the one after the last; a moment by itself is both.
Span = tuple[datetime, datetime]


def holds(condition: Condition, value: Any) -> bool | None:
    """Whether a property's value is what the condition asks for; None where nobody can tell.

    A property that is missing never is, whatever is asked. A list equals what it holds.
    """
    if value is None:
        return False
    if condition.operator == "since":
        # A day may have its change at any time of it.
        span = _span(value)
        return None if span is None else span[1] > _span_of(condition.values[0])[0]
    if condition.operator in ("=", "<>"):
        same = any(_same(value, meaning) for meaning in condition.values)
        return same if condition.operator == "=" else not same
    orders = (_ordered(condition, value, meaning) for meaning in condition.values)
    known = [order for order in orders if order is not None]
    return any(known) if known else None


def meanings(text: str) -> tuple[str | int | float | bool | date | datetime, ...]:
    """A typed word as text, and as the number, truth value or time that it spells."""
    if text in ("true", "false"):
        return (text, text == "true")
    if (number := _number(text)) is not None:
        return (text, number)
    day = _DAY.match(text)
    if day and (moment := _moment(text)) is not None:
        return (text, moment.date() if day.end() == len(text) else moment)
    return (text,)


def _same(value: Any, meaning: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(_same(one, meaning) for one in value)
    if isinstance(meaning, date):
        span, (start, end) = _span(value), _span_of(meaning)
        if span is None:
            return False
        return span == (start, end) or start <= span[0] < end
    if isinstance(value, bool) or isinstance(meaning, bool):
        return value is meaning
    return bool(value == meaning)


def _ordered(condition: Condition, value: Any, meaning: Any) -> bool | None:
    if isinstance(meaning, bool) or isinstance(value, bool | list | tuple):
        return None
    if isinstance(meaning, date):
        return _ordered_in_time(condition.operator, value, meaning)
    if isinstance(meaning, str):
        # '10' comes before '9' as text: what spells a number or a time is compared as such.
        if len(condition.values) > 1 or not isinstance(value, str):
            return None
    elif isinstance(value, str):
        value = _number(value)
    if not isinstance(value, int | float | str):
        return None
    return _ORDER[condition.operator](value, meaning)


def _ordered_in_time(sign: str, value: Any, meaning: date) -> bool | None:
    span, (start, end) = _span(value), _span_of(meaning)
    if span is None:
        return None
    later = span[0] > start if start == end else span[0] >= end
    before = span[1] <= start if span[0] < span[1] else span[0] < start
    return {">": later, "<=": not later, "<": before, ">=": not before}[sign]


def _span(value: Any) -> Span | None:
    """When a property's value is; None where it is no time."""
    # The driver's own times, known by this method: nothing but the connection imports it.
    if hasattr(value, "to_native"):
        value = value.to_native()
    if isinstance(value, str):
        day = _DAY.match(value.strip())
        moment = _moment(value.strip()) if day else None
        if day is None or moment is None:
            return None
        value = moment.date() if day.end() == len(value.strip()) else moment
    elif isinstance(value, int | float) and not isinstance(value, bool):
        value = _epoch(value)
    return _span_of(value) if isinstance(value, date) else None


def _span_of(value: Any) -> Span:
    if isinstance(value, datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=UTC)
        return (moment, moment)
    start = datetime(value.year, value.month, value.day, tzinfo=UTC)
    return (start, start + timedelta(days=1))


def _epoch(number: float) -> date | datetime | None:
    if isinstance(number, int) and 19000101 <= number <= 21991231:
        text = str(number)
        day = _moment(f"{text[:4]}-{text[4:6]}-{text[6:]}")
        return day if day is None else day.date()
    unit = next((unit for below, unit in _UNITS if number < below), None)
    if unit is None:
        return None
    try:
        return datetime.fromtimestamp(number / unit, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return None


def _number(text: str) -> int | float | None:
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else None
