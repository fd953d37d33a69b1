"""kg-enrich review: a person's word on a pair."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.evidence.reviews import Reviewed


@click.command()
@click.argument("decision", type=click.Choice(["accept", "reject", "unsure"]))
@click.argument("document")
@click.argument("image")
@click.option("--reason", "reasons", multiple=True, help="A short label; may be given again.")
@click.option("--note", default="", help="A sentence for later readers.")
@click.option("--by", help="Who says so; else the user of this machine's account.")
@click.option("--undo", is_flag=True, help="Take back what this person said of the pair.")
@click.option(
    "--settle",
    "settles",
    multiple=True,
    metavar="NAME",
    help="Overrule what NAME said; name everybody who said otherwise.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def review(
    decision: str,
    document: str,
    image: str,
    reasons: tuple[str, ...],
    note: str,
    by: str | None,
    undo: bool,
    settles: tuple[str, ...],
    as_json: bool,
) -> None:
    """Record what a person knows: IMAGE is evidence for DOCUMENT, or it is not.

    An accepted pair is published whatever its score. A rejected pair is never published again.
    Unsure leaves the pair to the policy. The word outlives the nodes, because it is tied to the
    contents of text and image. When these change, a rejection goes on blocking, and an acceptance
    no longer counts. When two people differ, nothing is published until a later word settles it.

    \b
    Example: it is another site; then, it was right after all.
      kg-enrich review reject fault-2031 photo-17.jpg --reason "other site" --by lin
      kg-enrich review reject fault-2031 photo-17.jpg --undo --by lin
      kg-enrich review accept fault-2031 photo-17.jpg --by wu --settle lin
    """
    from kg_enrich import api
    from kg_enrich.answers import evidence as answers
    from kg_enrich.cli.output import print_json, say
    from kg_enrich.evidence.models import Decision
    from kg_enrich.settings import load_settings

    if undo and (reasons or note or settles):
        raise click.UsageError("--undo takes no --reason, --note or --settle.")
    done = api.review(
        document,
        image,
        None if undo else Decision(decision),
        load_settings(),
        reasons=reasons,
        note=note,
        by=by,
        settles=settles,
        way="cli",
        say=say,
    )
    if as_json:
        print_json(answers.Reviewed.model_validate(done))
    else:
        click.echo(_sentence(done))
    for notice in done.notices:
        say(f"{notice.kind} {notice.subject}: {notice.detail}")


def _sentence(done: "Reviewed") -> str:
    pair = f"image {done.image} for document {done.document}"
    if done.decision is None and done.former is None:
        return f"Nobody has said anything of {pair}."
    if done.decision is None and done.former is not None:
        said = f"Took back {done.former.by or 'somebody'}'s {done.former.decision} of {pair}."
    elif done.changed:
        said = f"Recorded the {done.decision} of {pair}."
    else:
        said = f"The {done.decision} of {pair} was on record already."
    said += f" Published {done.published}, withdrawn {done.withdrawn}."
    if done.decision == "accept" and not done.scored:
        said += " No score yet: it is published when it is judged."
    if done.conflict:
        names = ", ".join(word.by or "somebody" for word in done.others)
        said += f" {names} said otherwise: nothing is published until --settle names them."
    return said
