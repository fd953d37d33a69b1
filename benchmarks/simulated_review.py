"""Answers an audit as a person would who knows the truth: for tutorials of the whole walk.

python -m benchmarks.simulated_review FOLDER [--by NAME] [--most N] [--second] [--error 0.05]

FOLDER is one that `kg-enrich load` takes. The truth is `expected.jsonl` where it is there (pairs
that it calls evidence are right), else `references.jsonl`. References are a stand-in only: an image
that nobody referenced may be right all the same. Settings come from the environment.
"""

import argparse
import json
import random
from pathlib import Path

import kg_enrich
from kg_enrich import Decision
from kg_enrich.api import KnowledgeGraph

Truth = frozenset[tuple[str, str]]


def read_truth(folder: Path) -> Truth:
    """The pairs of document and image that are right."""
    expected = folder / "expected.jsonl"
    file = expected if expected.is_file() else folder / "references.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return frozenset(
        (row["document_id"], row["image_id"])
        for row in rows
        if row.get("expected", "evidence") == "evidence"
    )


def answer(
    kg: KnowledgeGraph,
    truth: Truth,
    by: str,
    most: int,
    second: bool = False,
    error: float = 0.0,
    seed: int = 0,
) -> int:
    """Answers what `audit next` would ask; returns how many. error: the chance to answer wrong."""
    draw = random.Random(seed)
    for done in range(most):
        question = kg.audit_next(by=by, second=second)
        if question is None:
            return done
        right = (question.document, question.image) in truth
        if draw.random() < error:
            right = not right
        kg.audit_answer(question.key, Decision.ACCEPT if right else Decision.REJECT, by=by)
    return most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--by", default="lin")
    parser.add_argument("--most", type=int, default=10_000)
    parser.add_argument("--second", action="store_true")
    parser.add_argument("--error", type=float, default=0.0)
    given = parser.parse_args()
    truth = read_truth(given.folder)
    with kg_enrich.open() as kg:
        done = answer(kg, truth, given.by, given.most, given.second, given.error)
    print(f"{given.by} answered {done} pairs.")


if __name__ == "__main__":
    main()
