"""Judges in memory what is missing on record; writes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.enrich.extractor import unit_to_judge
from kg_enrich.enrich.once import judge_once, without_copies
from kg_enrich.evidence.models import DocumentState, LedgerEntry
from kg_enrich.images.catalogue import Catalogue
from kg_enrich.measure.cases import Entries
from kg_enrich.models import Document, DocumentId, ImageId, Outcome, Pair


@dataclass(frozen=True, slots=True)
class Missing:
    """Judges what a run would judge. batch_pairs: given to the scorer at once, about."""

    parts: Enrichment
    catalogue: Catalogue
    batch_pairs: int

    def judge(
        self,
        documents: Sequence[Document],
        images: Mapping[DocumentId, Iterable[ImageId]],
        known: Mapping[DocumentId, Entries],
    ) -> tuple[dict[DocumentId, Entries], int]:
        """The documents' entries with those that were missing, and how many those are.

        images: in question, by document. known: what is on record; it is judged again where a run
        would do so. What cannot be judged now stays as it is.
        """
        wanted = {image for document in documents for image in images[document.id]}
        listed = self.catalogue.look_up(wanted.union(*(known[d.id] for d in documents)))
        pairs: list[Pair] = []
        for document in documents:
            state = DocumentState(known[document.id], {}, {})
            asked = [image for image in dict.fromkeys(images[document.id]) if image in listed]
            unit, _, _ = unit_to_judge(self.parts.question, document, asked, state, listed)
            pairs += (Pair(document, image) for image in unit.images)
        judged: dict[DocumentId, dict[ImageId, LedgerEntry]] = {d.id: {} for d in documents}
        for start in range(0, len(pairs), self.batch_pairs):
            batch = pairs[start : start + self.batch_pairs]
            # What comes after it is read while it is judged.
            self._read_ahead(pairs[start : start + 2 * self.batch_pairs])
            for one in judge_once(self.parts.scorer, batch):
                if one.outcome in (Outcome.SCORED, Outcome.ABSTAINED):
                    judged[one.document][one.image] = LedgerEntry(
                        one.image, one.score, one.log_odds, 0, one.reason
                    )
        many = sum(map(len, judged.values()))
        return {d.id: {**known[d.id], **judged[d.id]} for d in documents}, many

    def _read_ahead(self, pairs: Sequence[Pair]) -> None:
        images = {pair.image.id: pair.image for pair in pairs}
        self.parts.scorer.prefetch(without_copies(images.values()))
