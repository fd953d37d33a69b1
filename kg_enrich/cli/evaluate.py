"""kg-enrich evaluate: how well sources find what is known to be right."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.measure.drift import Drift
    from kg_enrich.measure.evaluate import Asked
    from kg_enrich.measure.intervals import Mean
    from kg_enrich.measure.results import Evaluation, Measured, SourceEvaluation
    from kg_enrich.settings import Settings

_COLUMNS = (
    "", "documents", "candidates at 20", "at 50", "top-1", "recall at 5", "at 20", "MRR",
    "nDCG@10", "lead",
)  # fmt: skip
_FINDING = (
    "This measures finding, never precision: what nobody {word} may be right all the same. In "
    "brackets 95 % intervals over documents."
)


@click.command()
@click.option("--source", "sources", multiple=True, help="A source; repeat it. Else all of them.")
@click.option(
    "--truth",
    type=click.Choice(("references", "reviews")),
    default="references",
    show_default=True,
    help="What is known to be right: people's references, or pairs that people accepted.",
)
@click.option("--by", multiple=True, metavar="PROPERTY", help="Also by this document property.")
@click.option("--judge", is_flag=True, help="Judge in memory what is not on record.")
@click.option(
    "--random",
    type=click.IntRange(1),
    metavar="N",
    help="With --judge: each right image among N random ones, not among the candidates.",
)
@click.option(
    "--documents",
    type=click.IntRange(1),
    default=20_000,
    show_default=True,
    help="Documents to look at, at most; drawn by the seed.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of every random draw.")
@click.option(
    "--compare",
    nargs=2,
    metavar="A B",
    help="What changes from source A to source B, on the pairs that both judged.",
)
@click.option(
    "--prefilter",
    is_flag=True,
    help="What KG_ENRICH_PREFILTER (else ocr) hides of it, by its score.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def evaluate(
    sources: tuple[str, ...],
    truth: str,
    by: tuple[str, ...],
    judge: bool,
    random: int | None,
    documents: int,
    seed: int,
    compare: tuple[str, str] | None,
    prefilter: bool,
    as_json: bool,
) -> None:
    """Measure how well sources find what is known to be right.

    What is right comes from people: images that documents reference (but for references that were
    made through this program), or pairs that somebody accepted. What a source has judged is read
    from the graph; nothing is written. An image that nobody referenced may be right as well, so
    that nothing here says how much of the evidence is right.

    \b
    Example:
      kg-enrich evaluate --by scenario
      kg-enrich evaluate --judge --random 19
      kg-enrich evaluate --compare ocr lychee-rerank-mm
      kg-enrich evaluate --prefilter
    """
    from kg_enrich.measure.evaluate import Asked
    from kg_enrich.measure.truth import Truth
    from kg_enrich.settings import load_settings

    asked = Asked(Truth(truth), by, random, documents, seed)
    settings = load_settings()
    if prefilter:
        if sources or judge or random is not None or compare is not None:
            raise click.UsageError(
                "--source, --judge, --random and --compare do not go with --prefilter."
            )
        from kg_enrich.cli.prefilter import measure

        measure(settings, asked, as_json)
    elif compare is None:
        _evaluate(settings, sources, asked, judge, as_json)
    elif sources or by or judge or random is not None:
        raise click.UsageError("--source, --by, --judge and --random do not go with --compare.")
    else:
        _compare(settings, compare, asked, as_json)


def _evaluate(
    settings: "Settings", sources: tuple[str, ...], asked: "Asked", judge: bool, as_json: bool
) -> None:
    from kg_enrich import api
    from kg_enrich.answers import finding as answers
    from kg_enrich.cli.output import print_json, print_table, progress_bar, say

    with progress_bar("documents") as progress:
        found = api.evaluate(
            settings, sources=sources, asked=asked, judge=judge, say=say, progress=progress
        )
    if as_json:
        print_json(answers.evaluation(found))
        return
    for source in found.sources:
        print_table(_title(found, source), _COLUMNS, _rows(source))
        _say_what_is_missing(source)
    click.echo(_FINDING.format(word="referenced" if found.truth == "references" else "accepted"))


def _title(found: "Evaluation", source: "SourceEvaluation") -> str:
    among = "candidates" if found.random is None else f"itself and {found.random} random images"
    drawn = f", drawn from {found.known}" if found.documents < found.known else ""
    return (
        f"{source.name}: {found.pairs} {found.truth} of {found.documents} documents{drawn}, "
        f"each among {among}"
    )


def _rows(source: "SourceEvaluation") -> list[list[str]]:
    rows = [
        _row("all", source.measured),
        _row("near-duplicates count", source.near_duplicates),
    ]
    return rows + [_row(f"{one.by}: {one.value}", one.measured) for one in source.groups]


def _row(name: str, measured: "Measured") -> list[str]:
    means = measured.means
    return [
        name,
        str(measured.documents),
        _number(means["candidate_recall@20"].value),
        _number(means["candidate_recall@50"].value),
        _with_interval(means["top1"]),
        _number(means["recall@5"].value),
        _with_interval(means["recall@20"]),
        _with_interval(means["mrr"]),
        _number(means["ndcg10"].value),
        _number(means["lead"].value),
    ]


def _say_what_is_missing(source: "SourceEvaluation") -> None:
    from kg_enrich.cli.output import say

    if source.judged:
        say(f"{source.name}: {source.judged} pairs were judged in memory; none of it is kept.")
    if source.not_judged:
        say(
            f"{source.name}: {source.not_judged} documents with candidates were never judged, and "
            "are left out: run `kg-enrich run`, or add --judge."
        )
    if source.unjudged:
        say(f"{source.name}: {source.unjudged} candidates have no judgement, and no place.")
    if source.without_look:
        say(
            f"{source.name}: of {source.without_look} right images nobody knows what they look "
            "like, so that near-duplicates of theirs are not told: run `kg-enrich read-images`."
        )
    if source.groups_left_out:
        say(f"{source.name}: {source.groups_left_out} smaller groups are not shown.")


def _compare(settings: "Settings", names: tuple[str, str], asked: "Asked", as_json: bool) -> None:
    from kg_enrich import api
    from kg_enrich.answers import finding as answers
    from kg_enrich.cli.output import print_json, progress_bar, say

    with progress_bar("documents") as progress:
        found = api.compare(*names, settings, asked=asked, say=say, progress=progress)
    if as_json:
        print_json(answers.drift(found))
        return
    _print_drift(found)


def _print_drift(found: "Drift") -> None:
    from kg_enrich.cli.output import print_table

    first, second = found.first, found.second
    rows = [
        ("score, mean shift", _signed(found.shift)),
        ("score, mean distance", _with_interval(found.distance)),
        ("rank correlation (Spearman), all pairs", _number(found.spearman)),
        ("rank correlation within a document", _with_interval(found.within)),
        (f"pairs that only {second} publishes, at {found.thresholds[1]:g}", str(found.raised)),
        (f"pairs that only {first} publishes, at {found.thresholds[0]:g}", str(found.lowered)),
        ("pairs that one of them could not tell", str(found.abstained)),
        *((f"finding: {name}", _signed(mean)) for name, mean in found.differences.items()),
    ]
    print_table(
        f"{first} to {second}: {found.pairs} pairs of {found.documents} documents, of which "
        f"{found.measured} have {found.truth}",
        ("what changes", "by"),
        rows,
    )
    print_table(
        "Largest changes",
        ("document", "title", "image", "path", first, second),
        [
            (one.document, one.title or "", one.image, one.path or "", f"{one.first:.2f}",
             f"{one.second:.2f}")
            for one in found.movers
        ],
        cut=("title", "path"),
    )  # fmt: skip
    click.echo(_FINDING.format(word="referenced" if found.truth == "references" else "accepted"))


def _number(value: float) -> str:
    return "" if value != value else f"{value:.3f}"


def _with_interval(mean: "Mean") -> str:
    if mean.value != mean.value:
        return ""
    return f"{mean.value:.3f} [{mean.low:.3f}, {mean.high:.3f}]"


def _signed(mean: "Mean") -> str:
    if mean.value != mean.value:
        return ""
    return f"{mean.value:+.3f} [{mean.low:+.3f}, {mean.high:+.3f}]"
