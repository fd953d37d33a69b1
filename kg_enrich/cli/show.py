"""kg-enrich show: evidence with its reasons."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.evidence.shown import ImageWithoutEvidence, ShownPair


@click.command()
@click.argument("identifier", metavar="[ID]", required=False)
@click.option("--without-evidence", is_flag=True, help="The images that are evidence for nothing.")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="Rows.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(identifier: str | None, without_evidence: bool, limit: int, as_json: bool) -> None:
    """Show evidence with its confidence and reason.

    With ID, the id of a document or an image: show its evidence, references and reviews.

    \b
    Example:
      kg-enrich show fault-2031
      kg-enrich show --without-evidence
    """
    from kg_enrich import api
    from kg_enrich.answers import evidence as answers
    from kg_enrich.cli.output import print_json, say
    from kg_enrich.settings import load_settings

    settings = load_settings()
    if without_evidence:
        images = api.images_without_evidence(settings, limit=limit, say=say)
        if as_json:
            print_json(answers.images_without_evidence(images))
        else:
            _print_images(images)
        return
    pairs = api.show(settings, identifier=identifier, limit=limit, say=say)
    if as_json:
        print_json(answers.shown(pairs))
    else:
        _print_pairs(pairs)


def _print_pairs(pairs: "list[ShownPair]") -> None:
    from kg_enrich.cli.output import print_table

    columns = ["document", "image", "confidence", "reason", "referenced", "review"]
    rows = [
        [
            pair.document,
            pair.image,
            "" if pair.confidence is None else f"{pair.confidence:.2f}",
            pair.reason or "",
            "yes" if pair.referenced else "",
            _said(pair),
        ]
        for pair in pairs
    ]
    if len({pair.source for pair in pairs if pair.source}) > 1:
        columns.append("source")
        for row, pair in zip(rows, pairs, strict=True):
            row.append(pair.source or "")
    print_table("Evidence", columns, rows)


def _said(pair: "ShownPair") -> str:
    """Every decision once; one about contents that changed since is said to be stale."""
    words = {f"{one.decision} (stale)" if one.stale else one.decision for one in pair.reviews}
    return ", ".join(sorted(words))


def _print_images(images: "list[ImageWithoutEvidence]") -> None:
    from kg_enrich.cli.output import print_table

    rows = [
        (one.image, one.path or "", "" if one.score is None else f"{one.score:.2f}", one.reason)
        for one in images
    ]
    print_table("Images without evidence", ("image", "path", "best score", "reason"), rows)
