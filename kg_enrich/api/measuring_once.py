"""As `once`, for what a handle measures."""

from collections.abc import Sequence

from kg_enrich.api.handle import open
from kg_enrich.api.loading import Done
from kg_enrich.jobs.control import log
from kg_enrich.measure.cutting import PrefilterLoss
from kg_enrich.measure.drift import Drift
from kg_enrich.measure.evaluate import Asked
from kg_enrich.measure.results import Evaluation
from kg_enrich.models import Say
from kg_enrich.settings import Settings


def evaluate(
    settings: Settings | None = None,
    *,
    sources: Sequence[str] = (),
    asked: Asked | None = None,
    judge: bool = False,
    say: Say = log.info,
    progress: Done = lambda _, __: None,
) -> Evaluation:
    """How well sources find what is known to be right."""
    with open(settings, say=say) as kg:
        return kg.evaluate(sources=sources, asked=asked, judge=judge, progress=progress)


def compare(
    first: str,
    second: str,
    settings: Settings | None = None,
    *,
    asked: Asked | None = None,
    say: Say = log.info,
    progress: Done = lambda _, __: None,
) -> Drift:
    """What changes from one source to another, on pairs that both judged."""
    with open(settings, say=say) as kg:
        return kg.compare(first, second, asked=asked, progress=progress)


def measure_prefilter(
    settings: Settings | None = None,
    *,
    asked: Asked | None = None,
    say: Say = log.info,
    progress: Done = lambda _, __: None,
) -> PrefilterLoss:
    """What the prefilter hides of what is known to be right."""
    with open(settings, say=say) as kg:
        return kg.measure_prefilter(asked=asked, progress=progress)
