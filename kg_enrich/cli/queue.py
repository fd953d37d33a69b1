"""kg-enrich queue: what people should be asked next."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.evidence.queue import QueueItem

KINDS = ("conflict", "stale", "threshold", "close", "unreferenced")


@click.command()
@click.option("--source", help="The evidence source; without it the one of the settings.")
@click.option("--kind", type=click.Choice(KINDS), help="Of this kind only.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Rows.")
@click.option("--after", metavar="PLACE", help="Go on where the page before ended.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def queue(
    source: str | None, kind: str | None, limit: int, after: str | None, as_json: bool
) -> None:
    """List the pairs that people should be asked about, the most urgent first.

    First come pairs that people differ in, and words about a text or picture that changed since.
    Then scores near the least that is published, images of one document that score nearly the
    same, and strong evidence that no document references. A pair leaves the list when somebody
    speaks of it. Runs write the list, at most 10,000 pairs a source.

    \b
    Example:
      kg-enrich queue --kind threshold
      kg-enrich review reject fault-2031 photo-17.jpg
    """
    from kg_enrich import api
    from kg_enrich.answers import evidence as answers
    from kg_enrich.cli.output import print_json, print_table, say
    from kg_enrich.evidence.queue import Kind
    from kg_enrich.settings import load_settings

    found = api.queue(
        source,
        load_settings(),
        kind=Kind(kind) if kind else None,
        limit=limit,
        after=after,
        say=say,
    )
    if as_json:
        print_json(answers.Queue.model_validate(found))
        return
    rows = [
        (
            one.document,
            one.title or "",
            one.image,
            "" if one.score is None else f"{one.score:.2f}",
            "yes" if one.published else "",
            _why(one),
        )
        for one in found.items
    ]
    print_table(
        "To be asked", ("document", "title", "image", "score", "published", "why"), rows, ("title",)
    )
    if found.after is not None:
        say(f"More: --after {found.after}")


def _why(item: "QueueItem") -> str:
    if item.kind == "conflict":
        return "people differ: --settle them"
    if item.kind == "stale":
        return "text or image changed since people spoke"
    if item.kind == "threshold":
        return "near the least that is published"
    if item.kind == "close":
        return f"hard to tell from {item.other}"
    return "strong, and no document references it"
