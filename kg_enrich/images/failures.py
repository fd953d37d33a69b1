"""Images that cannot be read, named in the graph and left alone until something changes.

A failure ends with the version of its image, or with the condition that it depends on: a limit
and its value ('image_max_pixels=100000000'), a plugin that is missing ('plugin=heif'), a scorer
('scorer=qwen-vl'). Each scorer has a failure of its own beside the common one.
"""

from collections.abc import Collection, Iterable, Mapping, Set
from typing import Any

from kg_enrich.graph.connection import Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms, named_key
from kg_enrich.models import ImageId, Unreadable

WRITE_READ_FAILURES = query("write_read_failures")
DELETE_READ_FAILURES = query("delete_read_failures")

# Conditions that are true or false in a process; a scorer's are such: 'scorer=ocr'.
Conditions = Set[str]

_OF_SCORER = "scorer="


def write_failures(transaction: Transaction, run: str, unreadable: Iterable[Unreadable]) -> None:
    """Names images that cannot be read. run: the run's id, or what else read them."""
    rows = [
        {
            "key": _failure_key(one.image, one.depends),
            "ids": forms(one.image),
            "version": one.version,
            "reason": one.reason,
            "depends": one.depends,
        }
        for one in unreadable
    ]
    if rows:
        transaction.run(WRITE_READ_FAILURES, run=run, rows=rows)


def forget_failures(
    transaction: Transaction, images: Iterable[ImageId], conditions: Conditions
) -> None:
    """Forgets what was said of images that can be read now, but for what other scorers said.

    conditions: of the process that read them.
    """
    scorers = [one for one in conditions if one.startswith(_OF_SCORER)]
    keys = [_failure_key(image, depends) for image in images for depends in ("", *scorers)]
    if keys:
        transaction.run(DELETE_READ_FAILURES, keys=keys)


def standing(
    failures: Iterable[Mapping[str, Any]], versions: Collection[str], conditions: Conditions
) -> str | None:
    """Why an image of one of these versions still cannot be read; None when it may be tried.

    failures: of one image, with version, depends (None in records of older releases, which say
    of nothing what it depends on: they are tried again) and reason.
    """
    for failure in failures:
        depends = failure["depends"]
        holds = depends == "" or depends in conditions
        if holds and failure["version"] in versions:
            return str(failure["reason"])
    return None


def concerning(failures: Iterable[Mapping[str, Any]], conditions: Conditions) -> bool:
    """Whether any of an image's failures is not another scorer's."""
    of = (failure["depends"] or "" for failure in failures)
    return any(not depends.startswith(_OF_SCORER) or depends in conditions for depends in of)


def _failure_key(image: ImageId, depends: str) -> str:
    if depends.startswith(_OF_SCORER):
        return named_key("read-failure", image, depends)
    return named_key("read-failure", image)
