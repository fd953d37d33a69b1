"""Scopes from what a person types."""

import re
from collections.abc import Collection
from datetime import UTC, datetime

from kg_enrich.documents.conditions import meanings
from kg_enrich.errors import SettingsError
from kg_enrich.models import Condition

_CONDITION = re.compile(
    r"(?P<property>[^=<>!]+)(?P<operator>==|!=|<>|<=|>=|=|<|>)(?P<value>.*)", re.DOTALL
)
_SAME = {"==": "=", "!=": "<>"}
_FORM = "write property=value, or one of <> < <= > >= for ="


def parse_condition(text: str, allowed: Collection[str]) -> Condition:
    """'line=3', 'severity>=2' or 'opened<2026-01-01' as a condition on a property that is allowed.

    A value in double quotes is text, whatever it spells. Errors: SettingsError.
    """
    found = _CONDITION.fullmatch(text)
    if not found:
        raise SettingsError(f"--where {text!r}: {_FORM}.")
    name, value = found["property"].strip(), found["value"].strip()
    if name not in allowed:
        raise SettingsError(
            f"--where {text!r}: {name!r} is not in KG_ENRICH_FILTER_PROPERTIES "
            f"({', '.join(sorted(allowed)) or 'empty'}); add it there."
        )
    operator = _SAME.get(found["operator"], found["operator"])
    if len(value) > 1 and value[0] == value[-1] == '"':
        return Condition(name, operator, (value[1:-1],))
    if not value or value[0] in "=<>!":
        raise SettingsError(
            f"--where {text!r}: {_FORM}; a value that is empty or begins with one of =<>! stands "
            'in double quotes, such as name="".'
        )
    return Condition(name, operator, meanings(value))


def since(text: str, property_name: str) -> Condition:
    """Documents whose property is later than an ISO date or time; UTC unless it says otherwise.

    A date means its beginning. Errors: SettingsError.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            f"--since {text!r} is no ISO date or time, such as 2026-11-23 or 2026-11-23T08:00."
        ) from None
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    return Condition(property_name, "since", (moment,))
