"""What is kept of an image's contents on its node: `imageHash`, and `imageLook` beside it."""

from collections.abc import Mapping

from kg_enrich.graph.connection import Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.models import ImageId

WRITE_IMAGE_HASHES = query("write_image_hashes")
WRITE_IMAGE_LOOKS = query("write_image_looks")


def write_contents(transaction: Transaction, contents: Mapping[ImageId, str]) -> None:
    """Keeps hashes of images' contents, by image. The look of other contents is forgotten."""
    rows = [{"ids": forms(image), "hash": found} for image, found in sorted(contents.items())]
    if rows:
        transaction.run(WRITE_IMAGE_HASHES, rows=rows)


def write_looks(transaction: Transaction, looks: Mapping[ImageId, str | None]) -> None:
    """Keeps what images look like, as `looks.read_look` gives it."""
    # '' stands for a picture without a look, so that nobody looks again.
    rows = [{"ids": forms(image), "look": look or ""} for image, look in sorted(looks.items())]
    if rows:
        transaction.run(WRITE_IMAGE_LOOKS, rows=rows)
