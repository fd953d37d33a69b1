"""kg-enrich review: a person's word on a pair."""

from typing import TYPE_CHECKING, Any

import click

from kg_enrich.cli.scope import document_options

if TYPE_CHECKING:
    from kg_enrich.evidence.reviews import Reviewed


@click.command()
@click.argument("decision", type=click.Choice(["accept", "reject", "unsure"]), required=False)
@click.argument("document", required=False)
@click.argument("image", required=False)
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
@click.option("--accept", "word", flag_value="accept", help="Accept all that a rule means.")
@click.option("--reject", "word", flag_value="reject", help="Reject all that a rule means.")
@click.option("--min-confidence", type=click.FloatRange(0, 1), help="Rule: from this confidence.")
@click.option("--max-confidence", type=click.FloatRange(0, 1), help="Rule: up to it.")
@click.option("--source", help="Rule: evidence of this source; else that of the settings.")
@document_options
@click.option("--token", help="Rule: your name for it; asked twice with one, it is said once.")
@click.option("--undo-batch", metavar="TOKEN", help="Take back all that a rule said, as one.")
@click.option("--dry-run", is_flag=True, help="Rule: print what it means; write nothing.")
@click.option("--yes", is_flag=True, help="Rule: do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def review(
    decision: str | None,
    document: str | None,
    image: str | None,
    reasons: tuple[str, ...],
    note: str,
    by: str | None,
    undo: bool,
    settles: tuple[str, ...],
    word: str | None,
    undo_batch: str | None,
    as_json: bool,
    **rule: Any,
) -> None:
    """Record what a person knows: IMAGE is evidence for DOCUMENT, or it is not.

    An accepted pair is published whatever its score. A rejected pair is never published again.
    Unsure leaves the pair to the policy. The word outlives the nodes, because it is tied to the
    contents of text and image. When these change, a rejection goes on blocking, and an acceptance
    no longer counts. When two people differ, nothing is published until a later word settles it.

    With --accept or --reject a rule says it of all published evidence that it means and that nobody
    has spoken of. What it is bounded by is printed, with the first pairs; then it asks.

    \b
    Example: it is another site; then, it was right after all.
      kg-enrich review reject fault-2031 photo-17.jpg --reason "other site" --by lin
      kg-enrich review reject fault-2031 photo-17.jpg --undo --by lin
      kg-enrich review accept fault-2031 photo-17.jpg --by wu --settle lin

    \b
    Example: all strong evidence of one line; then, take it back.
      kg-enrich review --accept --min-confidence 0.95 --where line=3 --token line3
      kg-enrich review --undo-batch line3
    """
    from kg_enrich import api
    from kg_enrich.answers import evidence as answers
    from kg_enrich.cli.bulk import by_rule, take_back
    from kg_enrich.cli.output import print_json, say
    from kg_enrich.evidence.models import Decision
    from kg_enrich.settings import load_settings

    given = any(value for value in rule.values())
    if undo_batch is not None:
        if decision or word or undo or given:
            raise click.UsageError("--undo-batch goes with --json alone.")
        return take_back(undo_batch, as_json)
    if word is not None:
        if decision or undo or note or settles:
            raise click.UsageError(
                "A rule takes no DECISION, DOCUMENT or IMAGE, no --undo, --note or --settle."
            )
        return by_rule(Decision(word), reasons, by, as_json, **rule)
    if given:
        raise click.UsageError("The options of a rule go with --accept or --reject.")
    if decision is None or document is None or image is None:
        raise click.UsageError("Say DECISION, DOCUMENT and IMAGE, or --accept or --reject a rule.")
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
    return None


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
