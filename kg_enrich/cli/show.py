"""kg-enrich show: evidence with its reasons."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.answers.exporting import Form
    from kg_enrich.evidence.shown import ImageWithoutEvidence, ShownPair


@click.command()
@click.argument("identifier", metavar="[ID]", required=False)
@click.option("--without-evidence", is_flag=True, help="The images that are evidence for nothing.")
@click.option("--source", help="Evidence of this source only.")
@click.option("--min-confidence", type=click.FloatRange(0, 1), help="Of this confidence or more.")
@click.option("--label", "labels", multiple=True, help="Documents with this label; repeatable.")
@click.option("--unreviewed", is_flag=True, help="Only what no person has spoken of.")
@click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="Rows.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option(
    "--export",
    "form",
    type=click.Choice(["csv", "jsonl"]),
    help="Print all of it, line by line, whatever --limit says.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def show(
    identifier: str | None,
    without_evidence: bool,
    source: str | None,
    min_confidence: float | None,
    labels: tuple[str, ...],
    unreviewed: bool,
    limit: int,
    as_csv: bool,
    form: "Form | None",
    as_json: bool,
) -> None:
    """Show evidence with its confidence and reason.

    With ID, the id of a document or an image: all that it has to do with, references and
    reviews included. Copies of one picture, of the very same bytes, are one row.

    \b
    Example:
      kg-enrich show fault-2031
      kg-enrich show --label FaultReport --unreviewed --min-confidence 0.9
      kg-enrich show --export csv > evidence.csv
      kg-enrich show --without-evidence
    """
    from kg_enrich import api
    from kg_enrich.answers import evidence as answers
    from kg_enrich.answers import plain
    from kg_enrich.answers.exporting import exported, said
    from kg_enrich.cli.output import print_csv, print_json, say
    from kg_enrich.evidence.shown import Wanted
    from kg_enrich.settings import load_settings

    if as_csv and as_json:
        raise click.UsageError("--csv and --json do not go together.")
    if form is not None and (identifier is not None or without_evidence or as_csv or as_json):
        raise click.UsageError("--export goes with the options that choose evidence alone.")
    wanted = Wanted(source, min_confidence, labels, unreviewed)
    if without_evidence and (identifier is not None or wanted != Wanted()):
        raise click.UsageError("--without-evidence goes with --limit, --csv and --json alone.")
    settings = load_settings()
    if form is not None:
        with api.open(settings, say=say) as kg:
            for line in exported(kg.export(wanted=wanted), form):
                click.echo(line, nl=False)
        return
    if without_evidence:
        images = api.images_without_evidence(settings, limit=limit, say=say)
        if as_json:
            print_json(answers.images_without_evidence(images))
        elif as_csv:
            rows = plain(answers.images_without_evidence(images))["images"]
            print_csv(list(answers.ImageWithoutEvidence.model_fields), rows)
        else:
            _print_images(images)
        return
    pairs = api.show(settings, identifier=identifier, limit=limit, wanted=wanted, say=say)
    if as_json:
        print_json(answers.shown(pairs))
    elif as_csv:
        both = zip(plain(answers.shown(pairs))["pairs"], map(said, pairs), strict=True)
        rows = [row | {"reviews": words} for row, words in both]
        print_csv(list(answers.ShownPair.model_fields), rows)
    else:
        _print_pairs(pairs)
    if identifier is None and len(pairs) == limit:
        say(f"The first {limit} are shown; --limit shows more.")


def _print_pairs(pairs: "list[ShownPair]") -> None:
    from kg_enrich.answers.exporting import said
    from kg_enrich.cli.output import print_table, with_copies

    columns = ["document", "image", "confidence", "reason", "referenced", "review"]
    rows = [
        [
            pair.document,
            with_copies(pair.image, pair.copies),
            "" if pair.confidence is None else f"{pair.confidence:.2f}",
            pair.reason or "",
            "yes" if pair.referenced else "",
            said(pair),
        ]
        for pair in pairs
    ]
    if len({pair.source for pair in pairs if pair.source}) > 1:
        columns.append("source")
        for row, pair in zip(rows, pairs, strict=True):
            row.append(pair.source or "")
    print_table("Evidence", columns, rows)


def _print_images(images: "list[ImageWithoutEvidence]") -> None:
    from kg_enrich.cli.output import print_table, with_copies

    rows = [
        (
            with_copies(one.image, one.copies),
            one.path or "",
            "" if one.score is None else f"{one.score:.2f}",
            one.reason,
        )
        for one in images
    ]
    print_table("Images without evidence", ("image", "path", "best score", "reason"), rows)
