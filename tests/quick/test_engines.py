"""What an engine on other machines stands on: parts, clumps, watching, fetching, failing alone."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from benchmarks.locality import at_random, clumped, documents, encoded
from kg_enrich import cluster
from kg_enrich.enrich.extractor import Page, Question, Work
from kg_enrich.enrich.fetching import Fetcher, read_bytes
from kg_enrich.enrich.readings import Reading, clumps
from kg_enrich.enrich.stages import Clump, Place, Scoring, Stages
from kg_enrich.enrich.watched import watched
from kg_enrich.enrich.writer import Batch
from kg_enrich.errors import EngineError, ScorerError, SettingsError, UnreadableImageError
from kg_enrich.evidence.models import DocumentState, Policy
from kg_enrich.evidence.policy import EdgeChanges
from kg_enrich.graph.connection import Graph
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.jobs.control import Control
from kg_enrich.models import Counters, Image, ImageId, Judgement, Notice, Pair, Scope, Unit
from kg_enrich.settings import load_settings
from tests.support.graphs import EXPLICIT, NO_STATISTICS, SOURCE, TableScorer


def page(units: Sequence[Unit]) -> Page:
    work = [Work(one, EdgeChanges(), DocumentState({}, {}, {})) for one in units]
    return Page(tuple(work), Counters(documents=len(units)))


def test_clumps_hold_every_document_once_and_what_shares_images_together() -> None:
    units = documents(200, family=10, scattered=True)
    found = clumps(page(units), 128)
    ids = [unit.document.id for clump in found for one in clump for unit in one.units]
    assert sorted(ids) == [unit.document.id for unit in units]
    families = [
        {i.id.partition("-")[0] for one in clump for unit in one.units for i in unit.images}
        for clump in found
    ]
    assert [len(family) for family in families] == [1] * 20
    # What reading the page came to is written once.
    counters = [one.read.counters for clump in found for one in clump]
    assert sum(counters, Counters()) == Counters(documents=200)
    assert [len(clumps(page([]), 128)), clumps(page([]), 128)[0][0].units] == [1, ()]


def test_clumps_save_most_of_what_a_random_split_costs() -> None:
    units = documents(1000, family=25, scattered=False)
    least = len({image.id for unit in units for image in unit.images})
    assert encoded(clumped(units, 128), 4, 500) == least
    assert encoded(at_random(units, 128), 4, 500) > 5 * least


def test_who_waits_for_a_cluster_is_heard() -> None:
    def stuck() -> Iterator[int]:
        yield 1
        Event().wait(30)

    items = watched(stuck(), 1.5, Control())
    assert next(items) == 1
    with pytest.raises(EngineError, match=r"for 1\.5 s"):
        next(items)
    control = Control()
    items = watched(stuck(), 30.0, control)
    assert next(items) == 1
    control.stop.set()
    assert list(items) == []

    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("no such node")

    with pytest.raises(ValueError, match="no such node"):
        list(watched(broken(), 30.0, Control()))
    # What the consumer takes its time over is no silence.
    items = watched(iter([1, 2]), 1.0, Control())
    assert next(items) == 1
    time.sleep(1.2)
    assert list(items) == [2]


class Raising(TableScorer):
    """Raises over some documents."""

    bad: tuple[str, ...] = ("d000001",)

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        if any(pair.document.id in self.bad for pair in pairs):
            raise ValueError("no such colour")
        return super().score(pairs)


def scoring(scorer: TableScorer) -> Scoring:
    def never() -> Graph:
        raise AssertionError("scoring needs no graph")

    question = Question(SOURCE, "table-1", Policy(), EXPLICIT, NO_STATISTICS)
    return Scoring(
        Stages("run", question, 8, never, lambda: scorer, ImageHashes, (), False, frozenset())
    )


def clump(unit: Unit, folder: Path) -> Clump:
    images = tuple(replace(image, file=folder / "picture.png") for image in unit.images)
    (folder / "picture.png").touch()
    return Clump(Place(0, "", 0, 1), (Reading((replace(unit, images=images),), Batch({})),))


def test_pairs_whose_scoring_raises_fail_alone_and_a_broken_scorer_ends_the_run(
    tmp_path: Path,
) -> None:
    units = documents(6, family=2, scattered=False)
    stage = scoring(Raising())
    done = [stage.score(clump(unit, tmp_path)).batch for unit in units]
    assert [batch.counters.failed for batch in done] == [0, 20, 0, 0, 0, 0]
    assert {notice.kind for notice in done[1].notices} == {Notice.FAILED_PAIR}
    assert "ValueError: no such colour" in done[1].notices[0].detail
    assert done[1].entries == {units[1].document.id: ()}
    broken = Raising()
    broken.bad = tuple(unit.document.id for unit in units)
    stage = scoring(broken)
    for unit in units[:2]:
        assert stage.score(clump(unit, tmp_path)).batch.counters.failed == 20
    with pytest.raises(ValueError, match="no such colour"):
        stage.score(clump(units[2], tmp_path))
    with pytest.raises(ScorerError, match="not the one"):
        scoring(TableScorer(fingerprint="table-3"))


def test_what_a_cluster_cannot_do_is_said_before(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NEO4J_URI", raising=False)
    here = load_settings(engine="local")
    assert (cluster.engine(here, Scope(limit=3)), cluster.identify(here)) == (None, None)
    monkeypatch.setenv("NEO4J_URI", "bolt://127.0.0.1:1")
    spread = load_settings(engine="ray")
    with pytest.raises(SettingsError, match="--limit"):
        cluster.engine(spread, Scope(limit=3))
    monkeypatch.delenv("NEO4J_URI")
    alone = load_settings(engine="ray")
    with pytest.raises(SettingsError, match="NEO4J_URI"):
        cluster.engine(alone, Scope())


def test_files_are_fetched_once_and_only_from_the_roots(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.png").write_bytes(b"picture")
    (tmp_path / "secret.png").write_bytes(b"secret")
    asked: list[Path] = []

    def ask(file: Path) -> bytes:
        asked.append(file)
        return read_bytes(file, [root])

    fetcher = Fetcher(ask)
    image = Image(ImageId("a"), root / "a.png", "1")
    for _ in range(2):
        (found,) = fetcher.fetch([image]).values()
        assert (found.file.read_bytes(), found.file.suffix) == (b"picture", ".png")
    assert (len(asked), replace(found, file=image.file)) == (1, image)
    with pytest.raises(UnreadableImageError):
        read_bytes(tmp_path / "secret.png", [root])
    (away,) = fetcher.fetch([Image(ImageId("b"), tmp_path / "secret.png", "1")]).values()
    assert not away.file.exists()
