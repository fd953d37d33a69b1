"""Measuring what sources find, and how they differ; evidence stays as it is."""

from collections.abc import Sequence

from kg_enrich import compose
from kg_enrich.api.opened import Opened
from kg_enrich.errors import SettingsError
from kg_enrich.evidence.sources import Source, open_source, read_policies
from kg_enrich.graph.connection import Graph
from kg_enrich.measure import drift
from kg_enrich.measure.cutting import PrefilterLoss, measure_cuts
from kg_enrich.measure.drift import Drift
from kg_enrich.measure.evaluate import Asked, Progress, evaluate
from kg_enrich.measure.judging import Missing
from kg_enrich.measure.results import Evaluation
from kg_enrich.models import Say, Scope
from kg_enrich.upkeep.publish import unknown_source


class Measuring(Opened):
    """The part of a handle that measures."""

    def evaluate(
        self,
        *,
        sources: Sequence[str] = (),
        asked: Asked | None = None,
        judge: bool = False,
        progress: Progress = lambda _, __: None,
    ) -> Evaluation:
        """How well sources find what is known to be right. It says nothing of precision.

        sources: names; all that there are when empty. asked: what is measured. judge: what is
        missing on record is judged in memory, by the settings' scorer for their source alone;
        random images need it. Nothing is written.
        Errors: SettingsError (no such source or property, `judge` of another source), GraphError
        (nothing is known to be right), ScorerError.
        """
        asked = asked or Asked()
        if not judge:
            if asked.random is not None:
                raise SettingsError(
                    "Random images are no candidates, so that no ledger has them: add --judge."
                )
            named = tuple(dict.fromkeys(sources)) or _all_names(self.graph)
            opened = [_source_that_is_there(self.graph, name, self.say) for name in named]
            options = compose.candidates(self.settings, self.graph, self.say)
            return evaluate(self.graph, opened, options, asked, progress=progress)
        own = compose.source_name(self.settings)
        if others := [name for name in sources if name != own]:
            raise SettingsError(
                f"Source {others[0]!r} is not judged by these settings, which judge for {own!r}: "
                "leave --judge out, or set KG_ENRICH_SCORER, KG_ENRICH_MODEL or KG_ENRICH_SOURCE."
            )
        parts = compose.enrichment(
            self.settings, self.graph, self.scorers, self.hashes, Scope(), self.say, dry=True
        )
        question = parts.question
        source = Source(own, question.policy, question.statistics)
        missing = Missing(parts, parts.catalogue(), self.settings.batch_pairs)
        return evaluate(self.graph, [source], question.candidates, asked, missing, progress)

    def compare(
        self,
        first: str,
        second: str,
        *,
        asked: Asked | None = None,
        progress: Progress = lambda _, __: None,
    ) -> Drift:
        """What changes from the first source to the second, on pairs that both judged.

        Of `asked`, truth, documents and seed count. Nothing is written.
        Errors: SettingsError (no such source), GraphError (no pair in common).
        """
        one, other = (_source_that_is_there(self.graph, name, self.say) for name in (first, second))
        return drift.compare(self.graph, one, other, asked or Asked(), progress)

    def measure_prefilter(
        self, *, asked: Asked | None = None, progress: Progress = lambda _, __: None
    ) -> PrefilterLoss:
        """What KG_ENRICH_PREFILTER, or `ocr` where none is set, hides of what is known to be right.

        At KG_ENRICH_PREFILTER_SCORE and at other cuts. What the prefilter's own source has on
        record is taken from there, the rest is judged in memory; the scorer behind it is not
        asked. Of `asked`, `random` does not count. Nothing is written.
        Errors: SettingsError (a prefilter that is not cheap, no such property), GraphError (nothing
        is known to be right), those of the prefilter.
        """
        settings = self.settings
        parts = compose.prefilter(settings, self.graph, self.scorers, self.hashes, self.say)
        missing = Missing(parts, parts.catalogue(), settings.batch_pairs)
        return measure_cuts(
            self.graph,
            (parts.question.source, settings.scorer),
            settings.prefilter_score,
            parts.question.candidates,
            asked or Asked(),
            missing,
            progress,
        )


def _all_names(graph: Graph) -> tuple[str, ...]:
    names = tuple(sorted(read_policies(graph)))
    if not names:
        raise SettingsError(
            "There is no evidence source yet: `kg-enrich run` begins one, or add --judge."
        )
    return names


def _source_that_is_there(graph: Graph, name: str, say: Say) -> Source:
    policies = read_policies(graph)
    if name not in policies:
        raise SettingsError(unknown_source(name, policies))
    return open_source(graph, name, {}, say)
