"""What people tried lately: a few results in memory, each its person's own."""

import csv
import io
import json
import secrets
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

# So many are kept, and the oldest are forgotten first.
_KEPT = 20
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Shown:
    """A ranked image. name: of the file, as it came. score: None where there is none, and `reason`
    says why. picture: a small WebP, b'' where none could be made."""

    name: str
    score: float | None
    reason: str
    picture: bytes


@dataclass(slots=True)
class Trial:
    """A query with images, of which `done` are judged. rows: None while it is under way; error: why
    there are none."""

    by: str
    query: str
    images: int
    rows: Sequence[Shown] | None = None
    error: str = ""
    done: int = 0
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    def judged(self, images: int) -> None:
        """So many more are done."""
        self.done += images


class Trials:
    """The latest trials. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Trial] = OrderedDict()

    def add(self, trial: Trial) -> None:
        """Keeps a trial, and forgets the oldest."""
        with self._lock:
            self._kept[trial.id] = trial
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)

    def get(self, identifier: str, by: str) -> Trial | None:
        """A person's own trial; None when there is none (any more)."""
        with self._lock:
            trial = self._kept.get(identifier)
        return trial if trial is not None and trial.by == by else None


def to_json(trial: Trial) -> str:
    """A trial's results as one JSON object."""
    return json.dumps({"query": trial.query, "results": _plain(trial)}, ensure_ascii=False)


def to_csv(trial: Trial) -> str:
    """A trial's results as comma-separated values that a spreadsheet takes for no formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["rank", "image", "score", "reason"])
    for row in _plain(trial):
        writer.writerow([harmless(row[name]) for name in ("rank", "image", "score", "reason")])
    # With its mark, so that spreadsheets read it as UTF-8.
    return "\ufeff" + text.getvalue()


def harmless(value: object) -> object:
    """A cell that a spreadsheet shows as it is: text that begins like a formula is quoted."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


def _plain(trial: Trial) -> list[dict[str, Any]]:
    return [
        {"rank": place, "image": row.name, "score": row.score, "reason": row.reason}
        for place, row in enumerate(trial.rows or (), 1)
    ]
