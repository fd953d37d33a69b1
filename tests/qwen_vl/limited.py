"""Scores pictures with two documents under a limit of memory; run as a process of its own.

Arguments: the model's folder, megabytes that the process may grow by, image files.
"""

import json
import re
import resource
import sys
from pathlib import Path

import torch

from kg_enrich.models import Document, DocumentId, Image, ImageId, Pair
from kg_enrich.scorers.qwen_vl import QwenVlOptions, build


def main() -> None:
    folder, megabytes, files = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    torch.set_num_threads(1)
    pairs = [
        Pair(Document(DocumentId(text), "", text, "1"), Image(ImageId(file), Path(file), "1"))
        for text in ("a pump", "the other pump")
        for file in files
    ]
    options = QwenVlOptions(
        model=folder,
        device="cpu",
        dtype="float32",
        instruction="Find evidence",
        workers=0,
        self_test=False,
    )
    print(json.dumps(scored(options, pairs, megabytes)))


def scored(options: QwenVlOptions, pairs: list[Pair], megabytes: int) -> dict[str, object]:
    """What becomes of the pairs when the process may grow by so many megabytes."""
    scorer = build(options)
    scorer.score(pairs[:1])  # what torch allocates once for good
    scorer.forget()
    used = int(re.findall(r"VmData:\s+(\d+) kB", Path("/proc/self/status").read_text())[0])
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (used * 1024 + megabytes * 1_000_000, hard))
    judgements = scorer.score(pairs)
    resource.setrlimit(resource.RLIMIT_DATA, (hard, hard))
    return {
        "budget": scorer.budget,
        "outcomes": [judgement.outcome for judgement in judgements],
        "scores": [judgement.score for judgement in judgements],
        "reasons": [judgement.reason for judgement in judgements],
    }


if __name__ == "__main__":
    main()
