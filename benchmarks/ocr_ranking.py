"""How well the OCR scorer ranks real documentation, and what reading costs.

    python -m benchmarks.ocr_ranking DATA_FOLDER OCR_CACHE_FOLDER [WORKERS]

Each repository is scored by a fit on the others. An empty cache folder times the reading.
"""

import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import psutil

from benchmarks import docs_data, ocr_fit, ranking
from benchmarks.docs_data import Dataset
from benchmarks.ocr_fit import Array, Mask
from benchmarks.output import machine
from kg_enrich.images.ocr import OcrReader, OcrText, ocr_version
from kg_enrich.measure.cutting import CUTS
from kg_enrich.measure.intervals import means
from kg_enrich.text import words

_WORDS = ((0, 0), (1, 4), (5, 19), (20, 99), (100, 10**6))
_PUBLISHED = 0.5
# Minimum scores where an image goes to its best document, and the share referenced that the
# lowest of them must keep on the repositories that it is chosen on.
_LEAST, _SHARE = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0), 0.8
_SCORES = (0.0, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 9.0, 10.0)


def read_all(data: Dataset, cache: Path, workers: int | None = None) -> list[OcrText]:
    """Every image's text; prints the time and the workers' memory after each quarter."""
    reader = OcrReader(cache, workers)
    start, texts, memory = time.perf_counter(), [], []
    reader.prefetch(data.images)
    for at, image in enumerate(data.images, 1):
        texts.append(reader.read(image))
        if at % (len(data.images) // 4) == 0:
            resident = [child.memory_info().rss for child in psutil.Process().children()]
            memory.append(max(resident, default=0) >> 20)
    seconds = time.perf_counter() - start
    spent = [child.cpu_times() for child in psutil.Process().children()]
    reader.close()
    cpu = sum(times.user + times.system for times in spent) / len(texts)
    print(f"reading: {len(texts)} images, {seconds:.1f} s, {cpu:.3f} CPU seconds an image")
    print(f"largest child process after each quarter, MiB: {memory}")
    return texts


def report(data: Dataset, texts: list[OcrText]) -> None:
    """Print ranking and calibration, every repository by a fit on the others."""
    whole = ocr_fit.statistics_of(data, [True] * len(data.documents))
    candidates = ocr_fit.full_text_candidates(data, texts, whole)
    seen = ocr_fit.feature_array(data, texts, whole)

    by_text = ocr_fit.leave_one_out(data.repositories, lambda _: seen, data.referenced, candidates)
    print("\nleave-one-repository-out, word statistics of all documents, as in a graph:")
    _print_all(data, texts, by_text, candidates)

    captions = [image.caption for image in data.images]
    captioned = ocr_fit.with_captions(data, seen, whole, captions)
    either = [
        caption if words(caption) else name
        for caption, name in zip(captions, data.file_names, strict=True)
    ]
    for name, given in (
        ("captions", captions),
        ("file names as captions", data.file_names),
        ("file names where there is no caption", either),
    ):
        # An image without a caption is judged by its text alone.
        has = np.array([bool(words(caption)) for caption in given])
        print(f"\nthe same with {name} ({has.sum()} images have one), fitted on captions:")
        scores = ocr_fit.leave_one_out(
            data.repositories,
            lambda _: captioned,
            data.referenced,
            candidates,
            ocr_fit.with_captions(data, seen, whole, given),
        )
        _print_all(data, texts, np.where(has, scores, by_text), candidates)

    def held_in_features(held_in: Mask) -> tuple[Array, Mask]:
        statistics = ocr_fit.shipped(ocr_fit.statistics_of(data, held_in))
        return ocr_fit.feature_array(data, texts, statistics)

    shipped = ocr_fit.leave_one_out(
        data.repositories, held_in_features, data.referenced, candidates
    )
    found = ranking.rank(shipped, data.referenced)
    print("\nthe same with shipped word statistics, as `kg-enrich score` without a graph:")
    print(ranking.table(found, [("all", np.ones(len(found.document), bool))]))


def _print_all(data: Dataset, texts: list[OcrText], scores: Array, candidates: Mask) -> None:
    _print_ranking(data, texts, scores)
    _print_calibration(scores, data.referenced, candidates)
    _print_repositories(data, scores, candidates)
    _print_places(data, scores, candidates)
    _print_cuts(scores, data.referenced, candidates)


def _print_ranking(data: Dataset, texts: list[OcrText], scores: Array) -> None:
    found = ranking.rank(scores, data.referenced)
    languages = np.array(data.languages())[found.document]
    counts = np.array([len(words("\n".join(text.lines))) for text in texts])[found.image]
    groups = [("all", np.ones(len(found.document), bool))]
    groups += [(f"document in {name}", languages == name) for name in sorted(set(languages))]
    repositories = np.array(data.repositories)[found.document]
    groups += [(name[-28:], repositories == name) for name in sorted(set(repositories))]
    for low, high in _WORDS:
        name = f"{low} or more words read" if high >= 10**6 else f"{low} to {high} words read"
        groups.append((name, (low <= counts) & (counts <= high)))
    print(ranking.table(found, groups))


def _print_calibration(scores: Array, referenced: Mask, candidates: Mask) -> None:
    """Of the pairs that a full-text search proposes: promised and found share of references."""
    proposed = candidates & np.isfinite(scores)
    chances = 1.0 / (1.0 + np.exp(-scores[proposed]))
    own = referenced[proposed]
    recall = (candidates & referenced).sum() / referenced.sum()
    print(f"\nfull-text best {ocr_fit.CANDIDATES}: {candidates.sum()} pairs,")
    print(f"{recall:.1%} of the references among them,")
    print(f"{len(own)} of them readable, {own.mean():.1%} of these references; by score:")
    for low, high in pairwise(_SCORES):
        inside = (low <= 10 * chances) & (10 * chances < high)
        if inside.any():
            print(
                f"{low:4.1f} to {high:4.1f} {inside.sum():>6} pairs,"
                f" promised {chances[inside].mean():.3f}, found {own[inside].mean():.3f}"
            )
    published = chances >= _PUBLISHED
    print(
        f"published at 5.0: {published.sum()} pairs, {own[published].mean():.1%} referenced,"
        f" {own[published].sum() / referenced.sum():.1%} of all references"
    )


def _print_repositories(data: Dataset, scores: Array, candidates: Mask) -> None:
    """Of each repository's published pairs: how many, the share promised, the share referenced."""
    names = np.array(data.repositories)
    chances = np.where(candidates, 1.0 / (1.0 + np.exp(-scores)), 0.0)
    for name in sorted(set(data.repositories)):
        rows = names == name
        chosen = (chances >= _PUBLISHED) & rows[:, None]
        if chosen.any():
            print(
                f"{name:45}{chosen.sum():>4} published, promised {chances[chosen].mean():.2f},"
                f" referenced {data.referenced[chosen].mean():.2f},"
                f" found {data.referenced[chosen].sum() / data.referenced[rows].sum():.2f}"
            )


def _print_places(data: Dataset, scores: Array, candidates: Mask) -> None:
    """What is published where an image goes to its best document: `publish --image-top-k 1`."""
    print("\nan image for its best document alone:")
    names, chosen = np.array(data.repositories), {}
    for least in _LEAST:
        reached = candidates & (scores >= np.log(least / (10 - least)))
        best = np.where(reached, scores, -np.inf).max(axis=0)
        chosen[least] = reached & (scores >= best)
        print(f"from {least:g}: {_published(chosen[least], data.referenced)}")
    together = np.zeros_like(candidates)
    for name in sorted(set(data.repositories)):
        others = names != name
        least = min(
            least
            for least, pairs in chosen.items()
            if data.referenced[others][pairs[others]].mean() >= _SHARE
        )
        together[~others] = chosen[least][~others]
    print(f"the lowest that keeps {_SHARE:.0%} referenced on the other repositories:")
    print(f"    {_published(together, data.referenced)}")


def _published(chosen: Mask, referenced: Mask) -> str:
    """Pairs, share referenced and share found, with 95 % bootstrap intervals over documents."""
    right, pairs, own = ((chosen & referenced).sum(1), chosen.sum(1), referenced.sum(1))
    picks = np.random.default_rng(0).integers(0, len(own), (2000, len(own)))
    shares = []
    for whole in (pairs, own):
        low, high = np.percentile(
            right[picks].sum(1) / np.maximum(whole[picks].sum(1), 1), (2.5, 97.5)
        )
        shares.append(f"{right.sum() / whole.sum():.3f} [{low:.3f}, {high:.3f}]")
    return f"{pairs.sum()} pairs, {shares[0]} referenced, {shares[1]} of all references"


def _print_cuts(scores: Array, referenced: Mask, candidates: Mask) -> None:
    """What a prefilter would hide, as `kg-enrich evaluate --prefilter` counts it."""
    # An image without text (-inf) is abstained on, and shown.
    chances = np.where(np.isfinite(scores), 10.0 / (1.0 + np.exp(-scores)), np.inf)
    right = referenced & candidates
    documents = right.any(axis=1)
    print(f"\nas a prefilter, {right.sum()} references of {documents.sum()} documents:")
    for cut in CUTS:
        hidden = candidates & (chances < cut)
        lost = right & hidden
        columns = np.stack(
            [
                lost[documents].sum(axis=1) / right[documents].sum(axis=1),
                hidden[documents].sum(axis=1) / candidates[documents].sum(axis=1),
            ],
            axis=1,
        )
        loses, hides = means(columns, 0)
        print(
            f"under {cut:g}: {hides.value:.1%} of candidates hidden; lost {loses.value:.1%}"
            f" [{loses.low:.1%}, {loses.high:.1%}] ({lost.sum()}), of {lost.any(axis=1).sum()}"
            " documents"
        )


def main(folder: Path, cache: Path, workers: int | None) -> None:
    print(f"{machine('onnxruntime', 'numpy', 'pillow')}, {ocr_version()}")
    data = docs_data.load(folder)
    print(f"{data.name}: {len(data.documents)} documents, {len(data.images)} images")
    report(data, read_all(data, cache, workers))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) == 4 else None)
