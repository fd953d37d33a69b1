"""What a handle does, a function call each: opened for the call and closed after it.

Each function is the method of the same name of `KnowledgeGraph`, which says what it does, what it
returns and which errors it has. settings: from the environment and `.env` when None.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Unpack

from kg_enrich import compose
from kg_enrich.api.handle import open
from kg_enrich.api.loading import Done
from kg_enrich.api.reviewing import Unreferenced
from kg_enrich.candidates.preview import Preview
from kg_enrich.doctor import Check, examine
from kg_enrich.enrich.estimate import Estimate
from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.reviews import Reviewed
from kg_enrich.evidence.shown import ALL, ImageWithoutEvidence, ShownPair, Wanted
from kg_enrich.evidence.sources import PolicySettings, Refreshed
from kg_enrich.evidence.unreadable import UnreadableImages
from kg_enrich.images.ocr_texts import ReadImages
from kg_enrich.jobs.control import ControlOptions, log
from kg_enrich.jobs.history import History, RunDetail
from kg_enrich.jobs.plan import Plan
from kg_enrich.loading.records import Loaded
from kg_enrich.models import RunRecord, Say, Scope
from kg_enrich.scorers.files import Ranking, rank_files
from kg_enrich.settings import Settings, load_settings


def run(
    settings: Settings | None = None,
    *,
    limit: int | None = None,
    allow_withdrawals: bool = False,
    **control: Unpack[ControlOptions],
) -> RunRecord:
    """Does all that is pending, and returns the run's record."""
    with open(settings, say=_say(control)) as kg:
        return kg.run(limit=limit, allow_withdrawals=allow_withdrawals, **control)


def backfill(
    scope: Scope,
    settings: Settings | None = None,
    *,
    allow_withdrawals: bool = False,
    **control: Unpack[ControlOptions],
) -> RunRecord:
    """Does what is pending of a scope, and returns the run's record."""
    with open(settings, say=_say(control)) as kg:
        return kg.backfill(scope, allow_withdrawals=allow_withdrawals, **control)


def estimate(
    scope: Scope | None = None, settings: Settings | None = None, *, say: Say = log.info
) -> Estimate:
    """How much a run over this scope would do, and how long it would take."""
    with open(settings, say=say) as kg:
        return kg.estimate(scope)


def plan(
    scope: Scope | None = None, settings: Settings | None = None, *, say: Say = log.info
) -> Plan:
    """What a run or a backfill over this scope would change of the edges."""
    with open(settings, say=say) as kg:
        return kg.plan(scope)


def candidates(document: str, settings: Settings | None = None, *, say: Say = log.info) -> Preview:
    """What a document would be compared with."""
    with open(settings, say=say) as kg:
        return kg.candidates(document)


def score(text: str, images: Sequence[Path], settings: Settings | None = None) -> Ranking:
    """Ranks image files for a text; no graph is opened."""
    with closing(compose.Scorers(settings or load_settings())) as scorers:
        return rank_files(scorers.get(), text, images)


def refresh_corpus(settings: Settings | None = None, *, say: Say = log.info) -> Refreshed:
    """Takes the source's word statistics anew."""
    with open(settings, say=say) as kg:
        return kg.refresh_corpus()


def load(
    path: Path,
    settings: Settings | None = None,
    *,
    prune: bool = False,
    moved: bool = False,
    wait: bool = False,
    stop: threading.Event | None = None,
    say: Say = log.info,
    progress: Done = lambda _, __: None,
) -> Loaded:
    """Loads a folder of JSONL files, or of Markdown with images."""
    with open(settings, say=say) as kg:
        return kg.load(path, prune=prune, moved=moved, wait=wait, stop=stop, progress=progress)


def read_images(
    settings: Settings | None = None,
    *,
    retry_failed: bool = False,
    say: Say = log.info,
    progress: Done = lambda _, __: None,
) -> ReadImages:
    """Keeps the text in images on their nodes."""
    with open(settings, say=say) as kg:
        return kg.read_images(retry_failed=retry_failed, progress=progress)


def publish(
    policy: PolicySettings | None = None,
    settings: Settings | None = None,
    **control: Unpack[ControlOptions],
) -> RunRecord:
    """Stores a source's policy and applies it everywhere, scoring nothing."""
    with open(settings, say=_say(control)) as kg:
        return kg.publish(policy, **control)


def plan_publish(
    policy: PolicySettings | None = None,
    settings: Settings | None = None,
    *,
    say: Say = log.info,
) -> Plan:
    """What `publish` would change."""
    with open(settings, say=say) as kg:
        return kg.plan_publish(policy)


def prune(
    source: str | None = None,
    settings: Settings | None = None,
    *,
    accepted: bool = False,
    **control: Unpack[ControlOptions],
) -> RunRecord:
    """Removes a retired source; without one, what is about documents and images that are gone."""
    with open(settings, say=_say(control)) as kg:
        return kg.prune(source, accepted=accepted, **control)


def plan_prune(
    source: str | None = None,
    settings: Settings | None = None,
    *,
    accepted: bool = False,
    say: Say = log.info,
) -> Plan:
    """What `prune` would remove."""
    with open(settings, say=say) as kg:
        return kg.plan_prune(source, accepted=accepted)


def rollback(
    run: str,
    settings: Settings | None = None,
    *,
    force: bool = False,
    **control: Unpack[ControlOptions],
) -> RunRecord:
    """Undoes a run: edges and ledgers become what they were before it."""
    with open(settings, say=_say(control)) as kg:
        return kg.rollback(run, force=force, **control)


def plan_rollback(run: str, settings: Settings | None = None, *, say: Say = log.info) -> Plan:
    """What `rollback` would change."""
    with open(settings, say=say) as kg:
        return kg.plan_rollback(run)


def review(
    document: str,
    image: str,
    decision: Decision | None,
    settings: Settings | None = None,
    *,
    reasons: Sequence[str] = (),
    note: str = "",
    by: str | None = None,
    settles: Sequence[str] = (),
    way: str = "api",
    say: Say = log.info,
) -> Reviewed:
    """Records a person's word on a pair, or takes it back (None)."""
    with open(settings, say=say) as kg:
        return kg.review(
            document, image, decision, reasons=reasons, note=note, by=by, settles=settles, way=way
        )


def unreferenced(
    settings: Settings | None = None, *, limit: int = 100, say: Say = log.info
) -> Unreferenced:
    """Brings the flags of unreferenced images up to date, and gives open ones."""
    with open(settings, say=say) as kg:
        return kg.unreferenced(limit=limit)


def dismiss(
    flag: str,
    reason: str,
    settings: Settings | None = None,
    *,
    by: str | None = None,
    say: Say = log.info,
) -> str | int | None:
    """Dismisses a flag for good and returns its image's id."""
    with open(settings, say=say) as kg:
        return kg.dismiss(flag, reason, by=by)


def show(
    settings: Settings | None = None,
    *,
    identifier: str | None = None,
    limit: int = 200,
    wanted: Wanted = ALL,
    say: Say = log.info,
) -> list[ShownPair]:
    """Published evidence, or all that one document or image has to do with."""
    with open(settings, say=say) as kg:
        return kg.show(identifier=identifier, limit=limit, wanted=wanted)


def images_without_evidence(
    settings: Settings | None = None, *, limit: int = 200, say: Say = log.info
) -> list[ImageWithoutEvidence]:
    """Images that are evidence for nothing."""
    with open(settings, say=say) as kg:
        return kg.images_without_evidence(limit=limit)


def unreadable(
    settings: Settings | None = None, *, limit: int = 200, say: Say = log.info
) -> UnreadableImages:
    """Images that cannot be read now, and the evidence that hangs on them."""
    with open(settings, say=say) as kg:
        return kg.unreadable(limit=limit)


def runs(
    settings: Settings | None = None,
    *,
    limit: int = 20,
    group: str | None = None,
    say: Say = log.info,
) -> History:
    """The runs there have been, the newest first."""
    with open(settings, say=say) as kg:
        return kg.runs(limit=limit, group=group)


def run_detail(
    identifier: str, settings: Settings | None = None, *, limit: int = 20, say: Say = log.info
) -> RunDetail:
    """One run with what it met by name."""
    with open(settings, say=say) as kg:
        return kg.run_detail(identifier, limit=limit)


def doctor(settings: Settings | None = None, *, say: Say = log.info) -> list[Check]:
    """Looks at everything that a run needs; what is wrong is in the list, never an error."""
    return examine(
        lambda given: compose.open_graph(given, say, current=False),
        compose.qwen_vl_options,
        compose.remote_options,
        compose.plugin_options,
        settings,
    )


@contextmanager
def neo4j(settings: Settings | None = None, *, say: Say = log.info) -> Iterator[None]:
    """Keeps an embedded Neo4j running over several calls, which each would start one."""
    with compose.open_graph(settings or load_settings(), say):
        yield


def _say(control: ControlOptions) -> Say:
    return control.get("say", log.info)
