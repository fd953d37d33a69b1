"""kg-enrich score: images ranked for a text, without any graph."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.scorers.files import Ranking


@click.command()
@click.argument("text")
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def score(text: str, images: tuple[Path, ...], as_json: bool) -> int:
    """Rank IMAGES as evidence for TEXT, best first. No graph is needed.

    \b
    Example:
      kg-enrich score "PLC module shows ERR after restart" photos/*.png
    """
    from kg_enrich import api
    from kg_enrich.answers.judging import scores
    from kg_enrich.cli.output import EXIT_UNREADABLE, print_json
    from kg_enrich.settings import load_settings

    began = time.monotonic()
    ranking = api.score(text, images, load_settings())
    milliseconds = round((time.monotonic() - began) * 1000)
    if as_json:
        print_json(scores(ranking, milliseconds))
    else:
        _print(ranking)
    return EXIT_UNREADABLE if any(one.unreadable for one in ranking.skipped) else 0


def _print(ranking: "Ranking") -> None:
    from kg_enrich.cli.output import print_table, say

    rows = [
        (one.rank, one.path, f"{one.judgement.score:.2f}", one.judgement.reason)
        for one in ranking.ranked
    ]
    print_table("", ("rank", "image", "score", "reason"), rows)
    for one in ranking.skipped:
        say(f"Skipped {one.path}: {one.reason}")
