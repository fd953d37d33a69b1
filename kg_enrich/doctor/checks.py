"""The result of a check."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from kg_enrich.errors import KgEnrichError


class Health(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's report. advice says what to do; it is empty when all is well."""

    name: str
    status: Health
    seen: str
    advice: str = ""


# The result of one look: its health, what was seen, what to do.
Finding = tuple[Health, str, str]


def well(seen: str) -> Finding:
    return Health.OK, seen, ""


def doubtful(seen: str, advice: str) -> Finding:
    return Health.WARNING, seen, advice


def bad(seen: str, advice: str) -> Finding:
    return Health.FAILED, seen, advice


def check(name: str, look: Callable[[], Finding], advice: str) -> Check:
    """Makes a check of this name. An error becomes its finding, with `advice` on what to do."""
    try:
        return Check(name, *look())
    except KgEnrichError as error:
        return Check(name, Health.FAILED, str(error), advice)
    except Exception as error:  # a broken installation may raise anything; go on with the rest
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return Check(name, Health.FAILED, reason, advice or "Install kg-enrich again.")
