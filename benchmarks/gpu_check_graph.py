"""A run from a real Neo4j through the GPU, and how much of its time the GPU was busy."""

import argparse
import random
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import psutil
import torch
from PIL import Image as Picture

from benchmarks.gpu_workload import options_of
from benchmarks.output import markdown
from benchmarks.servers import temporary_server
from kg_enrich.candidates.finders import CandidateOptions
from kg_enrich.documents.required import require_documents
from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.extractor import Question
from kg_enrich.enrich.pipeline import run
from kg_enrich.errors import KgEnrichError
from kg_enrich.evidence.models import Policy
from kg_enrich.graph.connection import Graph
from kg_enrich.jobs.runs import Job
from kg_enrich.models import RunRecord
from kg_enrich.scorers.qwen_vl.checkpoint import Checkpoint
from kg_enrich.scorers.qwen_vl.scorer import QwenVlScorer
from kg_enrich.text import CorpusStatistics
from tests.support.graphs import SOURCE, ask, begin_source

CANDIDATES = 20
# Photographs that are really different; the others are copies, read anew all the same.
_DRAWN = 24


def end_to_end(checkpoint: Checkpoint, model: Path, given: argparse.Namespace, folder: Path) -> str:
    """Documents with 20 photographs each, every photograph in about four documents."""
    photos = folder / "photos"
    photos.mkdir()
    count = max(CANDIDATES, given.graph_documents * CANDIDATES // 4)
    _draw(photos, count, given.photo)
    try:
        with temporary_server() as (_, graph, _):
            lay_out(graph, given.graph_documents, count, given.text_tokens)
            # Reading ahead is what this is about: never without processes for it.
            options = replace(options_of(model, given), workers=given.workers or None)
            scorer = QwenVlScorer(options, checkpoint)
            try:
                with watching(checkpoint.device) as busy:
                    began = time.monotonic()
                    record = _run(graph, scorer, photos)
                    seconds = time.monotonic() - began
                reads, waiting, tokenised = scorer.reading
            finally:
                scorer.close()
    except (KgEnrichError, OSError) as error:
        return f"not measured: {error}"
    pairs = record.counters.scored
    rows: list[list[object]] = [
        ["documents, photographs", f"{given.graph_documents}, {count}"],
        ["photographs, pixels", "{} x {}, JPEG".format(*given.photo)],
        ["pairs scored, failed", f"{pairs}, {record.counters.failed}"],
        ["seconds, pairs/s", f"{seconds:.1f}, {pairs / seconds:.1f}"],
        [f"busy, {busy.what}", busy.said()],
        ["processes that read, budget of a batch", f"{scorer.sizes.workers}, {scorer.budget}"],
        ["photographs read, left unread in the queue", f"{reads}, {waiting}"],
        ["texts tokenised", tokenised],
    ]
    return markdown(["", ""], rows)


def lay_out(graph: Graph, documents: int, images: int, tokens: int) -> None:
    """Neighbouring documents share most of their images."""
    begin_source(graph)
    draw = random.Random(0)
    ask(
        graph,
        "UNWIND range(0, $images - 1) AS n"
        " CREATE (:Image {id: toString(n), path: toString(n) + '.jpg', caption: ''})",
        images=images,
    )
    ask(
        graph,
        "UNWIND $rows AS row CREATE (d:Document {id: row.id, title: '', text: row.text})"
        " WITH d, row UNWIND row.images AS id MATCH (i:Image {id: id})"
        " CREATE (d)-[:CANDIDATE_IMAGE]->(i)",
        rows=[
            {
                "id": str(number),
                "text": "".join(draw.choices("abcdefgh ", k=tokens - 20)),
                "images": [
                    str((number * CANDIDATES // 4 + place) % images) for place in range(CANDIDATES)
                ],
            }
            for number in range(documents)
        ],
    )


def _run(graph: Graph, scorer: QwenVlScorer, photos: Path) -> RunRecord:
    question = Question(
        SOURCE,
        scorer.fingerprint,
        Policy(),
        CandidateOptions(("explicit",)),
        CorpusStatistics.from_texts(()),
    )
    return run(
        Enrichment(graph, scorer, question, (photos,), require_documents(graph)), Job("run", SOURCE)
    )


class Busy:
    """what: is counted. samples: percent."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.samples: list[float] = []

    def said(self) -> str:
        if not self.samples:
            return "not to be had"
        # The first samples are of starting processes and reading the first photographs.
        mean = float(np.mean(self.samples))
        later = float(np.mean(self.samples[len(self.samples) // 4 :]))
        return f"{mean:.0f} %, {later:.0f} % after the first quarter"


@contextmanager
def watching(device: torch.device) -> Iterator[Busy]:
    """Samples, while entered, how busy the device is: its driver says so five times a second."""
    if device.type == "cuda" and shutil.which("nvidia-smi"):
        uuid = str(torch.cuda.get_device_properties(device).uuid)
        command = [
            "nvidia-smi", f"--id=GPU-{uuid.removeprefix('GPU-')}",
            "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--loop-ms=200",
        ]  # fmt: skip
        busy = Busy("share of the time with a kernel on the GPU")
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            reader = threading.Thread(target=_collect, args=(process.stdout, busy.samples))
            reader.start()
            try:
                yield busy
            finally:
                process.terminate()
                reader.join(5)
        return
    busy, own = Busy("CPU time of this process by wall time"), psutil.Process()
    before, began = own.cpu_times(), time.monotonic()
    yield busy
    after, seconds = own.cpu_times(), time.monotonic() - began
    used = after.user + after.system - before.user - before.system
    busy.samples.append(100 * used / seconds)


def _collect(lines: Iterator[str], samples: list[float]) -> None:
    for line in lines:
        if line.strip().isdigit():
            samples.append(float(line))


def _draw(folder: Path, count: int, size: tuple[int, int]) -> None:
    drawn = min(_DRAWN, count)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        list(pool.map(_draw_one, range(drawn), [folder] * drawn, [tuple(size)] * drawn))
    for number in range(drawn, count):
        # What follows the picture is not read, and makes it another file.
        copy = (folder / f"{number % drawn}.jpg").read_bytes() + str(number).encode()
        (folder / f"{number}.jpg").write_bytes(copy)


def _draw_one(number: int, folder: Path, size: tuple[int, int]) -> None:
    """Something like a photograph: smooth, with grain."""
    draw = np.random.default_rng(number)
    width, height = size
    rough = draw.integers(0, 255, (max(2, height // 100), max(2, width // 100), 3), dtype=np.uint8)
    smooth = np.asarray(
        Picture.fromarray(rough).resize((width, height), Picture.Resampling.BICUBIC)
    )
    grain = draw.integers(0, 12, (height, width, 1), dtype=np.uint8)
    Picture.fromarray(smooth // 2 + grain + 60).save(folder / f"{number}.jpg", quality=88)
