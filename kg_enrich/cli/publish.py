"""kg-enrich publish: another policy, applied everywhere without scoring."""

from functools import partial
from typing import Any

import click


class TopK(click.ParamType[int]):
    """A number of images or documents, or 'none' for no bound."""

    name = "number|none"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "none":
            return value
        return click.IntRange(1).convert(value, param, ctx)


class Lead(click.ParamType[float]):
    """Log-odds, or 'none' for no lead."""

    name = "log-odds|none"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "none":
            return value
        return click.FloatRange(0).convert(value, param, ctx)


@click.command()
@click.option("--min-score", type=click.FloatRange(0, 10), help="Lowest published score.")
@click.option("--top-k", type=TopK(), help="Most images published a document, or none.")
@click.option("--image-top-k", type=TopK(), help="Most documents published an image, or none.")
@click.option("--max-images", type=click.IntRange(1), help="More hold the document back.")
@click.option("--max-documents", type=click.IntRange(1), help="More hold the image back.")
@click.option(
    "--min-precision",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="The lowest score for which the audit shows this share of right pairs.",
)
@click.option(
    "--calibration", metavar="VERSION|none", help="Apply what `calibrate` fitted, or none."
)
@click.option(
    "--min-lead", type=Lead(), help="Lead of the last published image over the next, or none."
)
@click.option(
    "--min-image-lead", type=Lead(), help="Lead of an image's best document over its next, or none."
)
@click.option("--source", help="The evidence source; without it the one of the settings.")
@click.option("--dry-run", is_flag=True, help="Print what would change; write nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--wait", is_flag=True, help="Wait while another run of this job is at work.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def publish(
    source: str | None,
    dry_run: bool,
    yes: bool,
    wait: bool,
    as_json: bool,
    **policy: float | str | None,
) -> int:
    """Store a source's policy and apply it to all that is on record.

    With a calibration, scores are chances by people's answers: 5.0 is even odds. --min-precision
    takes the minimum score from the answers to an audit, and says how many are missing.

    It scores nothing and opens no image. An option that you leave out keeps its value. It also
    puts missing edges back and counts again which images are held back as hubs. First it plans,
    says what would change, and asks.

    With --min-lead a document's images are published down to the last one that leads its next image
    by so many log-odds (1 is odds of 2.7 to 1), and none where none does: what is hard to tell
    apart is left to people. With --min-image-lead an image is held back unless its best document
    leads its next one by so many log-odds. With --image-top-k an image is published for its best
    documents only, ties among them: 1 leaves it to the one it fits best. A run keeps to it by the
    evidence that stands; publish counts it up from all that is on record.

    \b
    Example: at most three images a document; only what is right in nine cases of ten.
      kg-enrich publish --min-score 4 --top-k 3 --dry-run
      kg-enrich publish --min-precision 0.9
    """
    from kg_enrich import api
    from kg_enrich.cli.output import say
    from kg_enrich.cli.plan import agreed, print_plan
    from kg_enrich.cli.run import watched
    from kg_enrich.settings import load_settings

    settings = load_settings(source=source)
    given = {
        name: None if value == "none" else value
        for name, value in policy.items()
        if value is not None
    }
    with api.open(settings, say=say) as kg:
        if "min_precision" in given:
            given = dict(kg.resolve_policy(given))
            say(f"The audit shows that precision from a score of {given['min_score']:.2f} on.")
        plan = kg.plan_publish(given)
        if dry_run:
            return print_plan(plan, as_json)
        if not agreed(plan, yes, settings.brake_share):
            raise click.Abort
        return watched(partial(kg.publish, given, wait=wait), as_json)
