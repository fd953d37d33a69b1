"""kg-enrich parity: the GPU scorer's speed-ups against plain transformers, on this machine."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.scorers.qwen_vl.parity import Parity


@click.command()
@click.argument("images", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--text",
    "texts",
    multiple=True,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A text file; may be given several times.",
)
@click.option(
    "--tolerance",
    type=click.FloatRange(0),
    help="Exit with 1 when a score differs by more; unset: only report.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def parity(
    images: tuple[Path, ...], texts: tuple[Path, ...], tolerance: float | None, as_json: bool
) -> int:
    """Score every text with all IMAGES twice: with the speed-ups, and plainly, pair by pair.

    Prints the largest difference of a score (0 to 10) and the texts whose images change places.
    In bfloat16 differences of some tenths are the dtype's own noise; in float32 they should
    stay below 0.0001.

    \b
    Example:
      KG_ENRICH_SCORER=qwen-vl kg-enrich parity --text report.md photos/*.jpg
    """
    from contextlib import closing

    from kg_enrich.answers import judging as answers
    from kg_enrich.cli.output import print_json
    from kg_enrich.compose import Scorers
    from kg_enrich.errors import SettingsError
    from kg_enrich.settings import load_settings

    settings = load_settings()
    if settings.scorer != "qwen-vl":
        raise SettingsError("parity is about the GPU scorer: set KG_ENRICH_SCORER=qwen-vl")
    with closing(Scorers(settings)) as scorers:
        scorer = scorers.get()
        from kg_enrich.scorers.qwen_vl.parity import compare, file_pairs
        from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer

        assert isinstance(scorer, QwenVlScorer)
        found = compare(scorer, file_pairs(texts, images))
    if as_json:
        print_json(answers.parity(found))
    else:
        _print(found)
    return int(tolerance is not None and found.largest.size > tolerance)


def _print(found: "Parity") -> None:
    from kg_enrich.cli.output import print_table, say

    shown = sorted(found.pairs, key=lambda pair: -pair.size)[:20]
    rows = [
        (pair.document, pair.image, f"{pair.ours:.4f}", f"{pair.plain:.4f}", f"{pair.size:.6f}")
        for pair in shown
    ]
    print_table("Largest differences first", ("text", "image", "ours", "plain", "difference"), rows)
    say(
        f"{len(found.pairs)} pairs, {found.left_out} left out; largest difference"
        f" {found.largest.size:.6f}, mean {found.mean:.6f}"
    )
    for document in found.reordered:
        say(f"{document}: its images stand in another order")
