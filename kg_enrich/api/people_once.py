"""What a handle does for people who decide and look, a function call each; as `once`."""

from collections.abc import Sequence

from kg_enrich.api.handle import open
from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.queue import Kind, Queue
from kg_enrich.jobs.control import log
from kg_enrich.models import Say
from kg_enrich.settings import Settings
from kg_enrich.upkeep.bulk import BulkPlan, BulkReviewed, Rule


def queue(
    source: str | None = None,
    settings: Settings | None = None,
    *,
    kind: Kind | None = None,
    limit: int = 100,
    after: str | None = None,
    say: Say = log.info,
) -> Queue:
    """What people should be asked of a source's evidence, the most urgent first."""
    with open(settings, say=say) as kg:
        return kg.queue(source, kind=kind, limit=limit, after=after)


def review_all(
    rule: Rule,
    decision: Decision,
    settings: Settings | None = None,
    *,
    token: str | None = None,
    reasons: Sequence[str] = (),
    by: str | None = None,
    say: Say = log.info,
) -> BulkReviewed:
    """Says one word of all published evidence that a rule means and nobody has spoken of."""
    with open(settings, say=say) as kg:
        return kg.review_all(rule, decision, token=token, reasons=reasons, by=by)


def plan_review_all(
    rule: Rule, settings: Settings | None = None, *, say: Say = log.info
) -> BulkPlan:
    """What `review_all` would speak of."""
    with open(settings, say=say) as kg:
        return kg.plan_review_all(rule)


def undo_batch(
    token: str, settings: Settings | None = None, *, say: Say = log.info
) -> BulkReviewed:
    """Takes back all that was said under a token."""
    with open(settings, say=say) as kg:
        return kg.undo_batch(token)


def report(
    settings: Settings | None = None,
    *,
    source: str | None = None,
    pairs: int = 40,
    say: Say = log.info,
) -> str:
    """The report of a source as one HTML file that refers to nothing outside itself."""
    with open(settings, say=say) as kg:
        return kg.report(source=source, pairs=pairs)


def card(
    document: str,
    settings: Settings | None = None,
    *,
    form: str = "markdown",
    limit: int = 6,
    say: Say = log.info,
) -> str:
    """A document's best images with captions and reasons, as Markdown or HTML."""
    with open(settings, say=say) as kg:
        return kg.card(document, form=form, limit=limit)
