"""Images that could not be read: named in the graph, left alone until their files change."""

from collections.abc import Iterable

from kg_enrich.graph.connection import Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms, named_key
from kg_enrich.models import ImageId, Unreadable

WRITE_READ_FAILURES = query("write_read_failures")
DELETE_READ_FAILURES = query("delete_read_failures")


def write_failures(transaction: Transaction, run: str, unreadable: Iterable[Unreadable]) -> None:
    """Names images that cannot be read. run: the run's id, or what else read them."""
    rows = [
        {
            "key": _failure_key(one.image),
            "ids": forms(one.image),
            "version": one.version,
            "reason": one.reason,
        }
        for one in unreadable
    ]
    if rows:
        transaction.run(WRITE_READ_FAILURES, run=run, rows=rows)


def forget_failures(transaction: Transaction, images: Iterable[ImageId]) -> None:
    """Forgets what earlier runs said of images that could be read now."""
    keys = [_failure_key(image) for image in images]
    if keys:
        transaction.run(DELETE_READ_FAILURES, keys=keys)


def _failure_key(image: ImageId) -> str:
    return named_key("read-failure", image)
