"""What a caller gives, looked at where it comes in, so that a slip is one line and no trace."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from kg_enrich.errors import SettingsError

_OPERATORS = ("=", "<>", "<", "<=", ">", ">=", "since")


def several(what: str, value: Any) -> tuple[Any, ...]:
    """A collection as a tuple. Errors: SettingsError for a string or anything that is none."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise SettingsError(f"{what} is {_shown(value)}: give a tuple or a list of them.")
    return tuple(value)


def words(what: str, value: Any) -> tuple[Any, ...]:
    """Ids or names as text, sorted, each once; integers are written out.

    Errors: SettingsError for anything else.
    """
    return tuple(sorted({word(what, one) for one in several(what, value)}))


def word(what: str, value: Any) -> str:
    """An id or a name as text; an integer is written out. Errors: SettingsError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise SettingsError(f"{what} holds {_shown(value)}: give a string or an integer.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise SettingsError(
            f"{what} holds {value!a}, which is no text: write it in UTF-8."
        ) from None
    return value


def require_kind(what: str, values: Iterable[Any], kind: type) -> None:
    """Errors: SettingsError when one of the values is of another kind."""
    for value in values:
        if not isinstance(value, kind):
            raise SettingsError(f"{what} holds {_shown(value)}: give a {kind.__name__}.")


def require_limit(what: str, value: Any) -> None:
    """Errors: SettingsError for what is neither None nor a positive integer."""
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
        raise SettingsError(f"{what} is {_shown(value)}: give a positive integer, or None.")


def require_shard(number: int, of: int) -> None:
    """Errors: SettingsError for what is no part of a whole; shards are counted from 0."""
    if of < 1 or not 0 <= number < of:
        raise SettingsError(
            f"There is no shard {number} of {of}: give I/N with I from 0 to N - 1, such as 0/4."
        )


def require_condition(name: Any, operator: Any, values: Any) -> None:
    """Errors: SettingsError for what is no condition on a property."""
    if not isinstance(name, str):
        raise SettingsError(f"Condition.property is {_shown(name)}: give its name.")
    if operator not in _OPERATORS:
        known = " ".join(_OPERATORS)
        raise SettingsError(f"Condition.operator is {_shown(operator)}: give one of {known}.")
    if not isinstance(values, tuple) or not values:
        raise SettingsError(f"Condition.values is {_shown(values)}: give a tuple of values.")
    kind = date if operator == "since" else str | int | float | bool | date
    for value in values:
        if not isinstance(value, kind):
            raise SettingsError(f"Condition.values holds {_shown(value)}: {operator} takes none.")


def _shown(value: Any) -> str:
    text = ascii(value)
    return f"{type(value).__name__} {text if len(text) <= 80 else text[:77] + '...'}"
