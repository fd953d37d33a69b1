"""kg-enrich unreferenced: images with strong evidence that no document references."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.evidence.flags import Flag
    from kg_enrich.settings import Settings

# A table shows this many digits of a flag's id. Two of a million flags seldom share them.
_SHORT = 10


@click.command()
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    help="Confidence from which evidence is strong; else KG_ENRICH_FLAG_MIN_CONFIDENCE.",
)
@click.option("--dismiss", metavar="ID", help="Dismiss the flag of this id for good.")
@click.option("--reason", help="With --dismiss: why.")
@click.option("--by", help="With --dismiss: who says so; else this machine's account.")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="Rows.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def unreferenced(
    min_confidence: float | None,
    dismiss: str | None,
    reason: str | None,
    by: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """Show images with strong evidence that no document references.

    This command and every run flag such images in the graph. A flag resolves itself once a
    document references the image. A flag that a person dismissed is never raised again.

    \b
    Example:
      kg-enrich unreferenced
      kg-enrich unreferenced --dismiss 3f9c2ab41d --reason "a stock photo"
    """
    from kg_enrich.settings import load_settings

    settings = load_settings(flag_min_confidence=min_confidence)
    if dismiss is None:
        if reason is not None or by is not None:
            raise click.UsageError("--reason and --by go with --dismiss.")
        _show(settings, limit, as_json)
    elif not reason:
        raise click.UsageError("--dismiss needs a --reason.")
    else:
        _dismiss(settings, dismiss, reason, by, as_json)


def _show(settings: "Settings", limit: int, as_json: bool) -> None:
    from kg_enrich import api
    from kg_enrich.answers import evidence as answers
    from kg_enrich.cli.output import print_json, print_table, say

    found = api.unreferenced(settings, limit=limit, say=say)
    if as_json:
        print_json(answers.unreferenced(found))
        return
    rows = [row for flag in found.flags for row in _rows(flag)]
    title = f"{found.changes.open} unreferenced images"
    print_table(
        title, ("flag", "image", "document", "title", "confidence", "reason"), rows, cut=("title",)
    )
    shown = sum(1 + len(flag.copies) for flag in found.flags)
    if shown < found.changes.open:
        say(f"The first {shown} are shown; --limit shows more.")


def _rows(flag: "Flag") -> list[tuple[object, ...]]:
    """One row for each document. Only the first row names the flag and its image."""
    from kg_enrich.cli.output import with_copies

    return [
        (
            "" if number else flag.id[:_SHORT],
            "" if number else with_copies(flag.image, flag.copies),
            document.document,
            document.title or "",
            f"{document.confidence:.2f}",
            document.reason,
        )
        for number, document in enumerate(flag.documents)
    ]


def _dismiss(settings: "Settings", flag: str, reason: str, by: str | None, as_json: bool) -> None:
    from kg_enrich import api
    from kg_enrich.answers import evidence as answers
    from kg_enrich.cli.output import print_json, say

    image = api.dismiss(flag, reason, settings, by=by, say=say)
    if as_json:
        print_json(answers.Dismissed(image=image))
    else:
        click.echo(f"Dismissed for good: image {image}.")
