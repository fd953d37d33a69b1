"""Answers about what was brought into the graph."""

from typing import TYPE_CHECKING

from kg_enrich.answers.shape import Count, Shape

if TYPE_CHECKING:
    from kg_enrich.images import ocr_texts
    from kg_enrich.loading import records


class Loaded(Shape):
    """What a folder gave when it was loaded."""

    kind: str
    """JSONL or Markdown."""
    opened: Count
    """Files that were new or changed. Of JSONL always 0, as is unchanged."""
    unchanged: Count
    documents: Count
    images: Count
    references: Count
    removed: Count
    """Nodes removed by --prune."""
    gone: Count
    """Nodes whose file or section is gone, left where they are."""
    left_out: Count
    """Lines, files or links that could not be used; they are named on stderr."""


class ReadImages(Shape):
    """What became of the images whose text was to be read."""

    read: Count
    without_text: Count
    """Images among those read that hold no text."""
    unchanged: Count
    """Images that were read before."""
    known_unreadable: Count
    """Images that could not be read before, and are left alone until something changes."""
    unreadable: Count
    """Images that newly could not be read; they are named on stderr."""


def loaded(done: "records.Loaded") -> Loaded:
    """What was loaded."""
    return Loaded(
        kind=done.kind,
        opened=done.opened,
        unchanged=done.unchanged,
        documents=done.documents,
        images=done.images,
        references=done.references,
        removed=done.removed,
        gone=done.gone,
        left_out=len(done.problems),
    )


def read_images(done: "ocr_texts.ReadImages") -> ReadImages:
    """What was read."""
    return ReadImages(
        read=done.read,
        without_text=done.without_text,
        unchanged=done.unchanged,
        known_unreadable=done.known,
        unreadable=len(done.problems),
    )
