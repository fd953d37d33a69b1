"""kg-enrich evaluate --prefilter: what a cheap scorer hides from the one behind it."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.measure.cutting import Cut, PrefilterLoss
    from kg_enrich.measure.evaluate import Asked
    from kg_enrich.measure.intervals import Mean
    from kg_enrich.settings import Settings

_CUTS = (
    "hides scores under", "candidates hidden", "right images lost", "documents that lose one",
    "of them, at most",
)  # fmt: skip


def measure(settings: "Settings", asked: "Asked", as_json: bool) -> None:
    """Measures and prints."""
    from kg_enrich import api
    from kg_enrich.answers import finding as answers
    from kg_enrich.cli.output import print_json, progress_bar, say

    with progress_bar("documents") as progress:
        found = api.measure_prefilter(settings, asked=asked, say=say, progress=progress)
    if as_json:
        print_json(answers.prefilter(found))
        return
    _print(found)


def _print(found: "PrefilterLoss") -> None:
    from kg_enrich.cli.output import print_table, say

    drawn = f", drawn from {found.known}" if found.documents < found.known else ""
    print_table(
        f"{found.prefilter} as prefilter: {found.pairs} {found.truth} among the candidates of "
        f"{found.documents} documents{drawn}",
        _CUTS,
        [_row(one, found) for one in found.cuts],
    )
    print_table(
        f"Lost at {found.score:g}",
        ("", "documents", "right images lost"),
        [(f"{one.by}: {one.value}", str(one.documents), _share(one.lost)) for one in found.groups],
    )
    if found.judged:
        say(f"{found.judged} pairs were judged in memory; none of it is kept.")
    click.echo(
        f"{found.shown} of {found.candidates} candidates have no score and are always shown; "
        f"{found.missing} {found.truth} are no candidates, which no cut loses. Shares are means "
        "over documents, in brackets 95 % intervals; the last column holds at 95 %. It is an upper "
        "bound of the loss: the scorer behind might not have found what is hidden."
    )


def _row(one: "Cut", found: "PrefilterLoss") -> tuple[str, ...]:
    return (
        f"{one.score:g}" + (" (set)" if one.score == found.score else ""),
        _share(one.hidden),
        _share(one.lost) + f" ({one.lost_pairs})",
        f"{one.losing} of {found.counting}",
        _percent(one.at_most),
    )


def _share(mean: "Mean") -> str:
    if mean.value != mean.value:
        return ""
    return f"{_percent(mean.value)} [{_percent(mean.low)}, {_percent(mean.high)}]"


def _percent(share: float) -> str:
    return "" if share != share else f"{100 * share:.1f} %"
