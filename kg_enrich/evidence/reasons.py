"""Reasons that a model was asked for afterwards: what lacks one, and how long one stands."""

from collections.abc import Mapping
from dataclasses import replace

from kg_enrich.evidence.models import LedgerEntry, Reason
from kg_enrich.models import ImageId


def lacks_reason(entry: LedgerEntry, version: int) -> bool:
    """Whether an entry's reason is neither its scorer's own nor of this version."""
    if entry.reason_version:
        return entry.reason_version != version
    return not entry.reason


def explained(entry: LedgerEntry, reason: Reason | None) -> LedgerEntry:
    """The entry with the reason, if it is still what the reason was given for."""
    if reason is None or reason.fingerprint != entry.fingerprint:
        return entry
    return replace(entry, reason=reason.text, reason_version=reason.version)


def carried(entry: LedgerEntry, stored: Mapping[ImageId, LedgerEntry]) -> LedgerEntry:
    """A new entry with the reason of the stored one, if it says the same of the same pair."""
    former = stored.get(entry.image)
    if former is None or former.fingerprint != entry.fingerprint or entry.reason:
        return entry
    return replace(entry, reason=former.reason, reason_version=former.reason_version)
