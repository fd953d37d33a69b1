"""Scopes from what a person types."""

import re
from collections.abc import Collection
from datetime import UTC, datetime

from kg_enrich.errors import SettingsError
from kg_enrich.models import Condition

_CONDITION = re.compile(r"(?P<property>[^=<>]+)(?P<operator>[=<>])(?P<value>.*)", re.DOTALL)


def parse_condition(text: str, allowed: Collection[str]) -> Condition:
    """'line=3', 'severity>2' or 'kind<x' as a condition on a property from the allow-list.

    Errors: SettingsError.
    """
    found = _CONDITION.fullmatch(text)
    if not found:
        raise SettingsError(f"--where {text!r}: write property=value, property>value or <.")
    name = found["property"].strip()
    if name not in allowed:
        raise SettingsError(
            f"--where {text!r}: {name!r} is not in KG_ENRICH_FILTER_PROPERTIES "
            f"({', '.join(sorted(allowed)) or 'empty'}); add it there."
        )
    return Condition(name, found["operator"], _meanings(found["value"].strip()))


def since(text: str, property_name: str) -> Condition:
    """Documents whose property is later than an ISO date or time; UTC unless it says otherwise.

    The property may hold a zoned or a local time, or ISO text. Errors: SettingsError.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"--since {text!r} is no ISO date or time, such as 2026-11-23 or 2026-11-23T08:00."
        ) from None
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    local = moment.replace(tzinfo=None)
    return Condition(property_name, ">", (moment, local, local.isoformat()))


def _meanings(value: str) -> tuple[str | int | float | bool, ...]:
    """A word as text, and as the number or truth value that it spells."""
    if value in ("true", "false"):
        return (value, value == "true")
    try:
        number = float(value)
    except ValueError:
        return (value,)
    return (value, number)
