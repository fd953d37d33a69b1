"""The hash of an image's contents, kept on its node as `imageHash`."""

from collections.abc import Mapping

from kg_enrich.graph.connection import Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.models import ImageId

WRITE_IMAGE_HASHES = query("write_image_hashes")


def write_contents(transaction: Transaction, contents: Mapping[ImageId, str]) -> None:
    """Keeps hashes of images' contents, by image."""
    rows = [{"ids": forms(image), "hash": found} for image, found in sorted(contents.items())]
    if rows:
        transaction.run(WRITE_IMAGE_HASHES, rows=rows)
