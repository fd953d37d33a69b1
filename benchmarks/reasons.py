"""What a reason costs beside a score, and that asking for reasons moves no score.

    python -m benchmarks.reasons                     # a random model of 2 million weights, on a CPU
    python -m benchmarks.reasons --shape mid --documents 2 --images 2
    python -m benchmarks.reasons --model FOLDER --device cuda --dtype bfloat16

Random weights do the same arithmetic as trained ones; they seldom end a sentence, so that they
write nearly all of the 48 tokens that a reason may have: the costs are the most there can be. On a
CPU seconds are CPU time, on a GPU wall time.
"""

import argparse
import tempfile
from pathlib import Path
from unittest.mock import patch

from benchmarks.gpu_workload import (
    add_arguments,
    checkpoint_of,
    options_of,
    stopwatch,
    workload,
)
from benchmarks.output import print_markdown
from kg_enrich.models import Pair
from kg_enrich.scorers.qwen_vl.checkpoint import load
from kg_enrich.scorers.qwen_vl.explaining import Explainer
from kg_enrich.scorers.qwen_vl.marking import Writer
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser, shape="tiny", documents=8, images=8, side=448)
    parser.add_argument("--published", type=int, default=2, help="images of a document explained")
    arguments = parser.parse_args()
    with checkpoint_of(arguments) as folder, tempfile.TemporaryDirectory() as pictures:
        measure(folder, workload(Path(pictures), arguments), arguments)


def measure(folder: Path, pairs: list[Pair], arguments: argparse.Namespace) -> None:
    loaded = load(options_of(folder, arguments), folder)
    written: list[int] = []
    plain = Writer._text

    def counted(writer: Writer, tokens: list[int]) -> str:
        written.append(len(tokens))
        return plain(writer, tokens)

    # A closing step asks about few images of each document.
    published = [pair for pair in pairs if int(pair.image.id) < arguments.published]
    rows: list[list[str]] = []
    per_score = 0.0

    def note(name: str, many: int, seconds: float) -> None:
        each = seconds / many
        tokens = f"{sum(written) / many:.0f}" if written else ""
        rows.append([name, str(many), f"{1000 * each:.0f}", f"{each / per_score:.1f}", tokens])
        written.clear()

    scorer = QwenVlScorer(options_of(folder, arguments), loaded)
    scorer.score(pairs[:1])  # what is done once is not measured
    scorer.forget()
    with stopwatch(arguments.device) as taken:
        before = scorer.score(pairs)
    per_score = taken()[0] / len(pairs)
    note("score", len(pairs), taken()[0])
    explainer = Explainer(scorer, test=False)
    with patch.object(Writer, "_text", counted), stopwatch(arguments.device) as taken:
        said = explainer.explain(published)
    note("reason, by the model that scored (pictures kept)", len(published), taken()[0])
    scorer.forget()
    with patch.object(Writer, "_text", counted), stopwatch(arguments.device) as taken:
        again = explainer.explain(published)
    note("reason, by a model of its own (nothing kept)", len(published), taken()[0])
    scorer.forget()
    after = scorer.score(pairs)
    scorer.close()
    print_markdown(["", "pairs", "ms a pair", "of a score", "tokens written"], rows)
    moved = sum(one.log_odds != other.log_odds for one, other in zip(before, after, strict=True))
    other = sum(one != two for one, two in zip(said, again, strict=True))
    print(
        f"{moved} of {len(pairs)} scores moved; {other} of {len(said)} sentences differ when the "
        "pictures are read anew"
    )


if __name__ == "__main__":
    main()
