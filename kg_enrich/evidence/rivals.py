"""Images that do not say clearly which document they belong to: their best documents are close.

Which documents an image has is known only once all of them were seen. So `publish` counts, and what
it finds is stored like the holds of hubs, which runs keep to.
"""

from collections.abc import Collection
from math import inf

from kg_enrich.evidence.models import Decision, DocumentState, LedgerEntry, Policy
from kg_enrich.evidence.policy import rank
from kg_enrich.models import ImageId


class Rivals:
    """Counts up, document by document, how clearly each image leads. Memory grows with images.

    A picture and its copies are one.
    """

    def __init__(self, policy: Policy) -> None:
        self._lead = policy.min_image_lead
        # The best two documents' log-odds of a picture.
        self._best: dict[str, tuple[float, float]] = {}
        self._qualifying: dict[str, int] = {}
        self._images: dict[str, set[ImageId]] = {}

    def see(
        self,
        state: DocumentState,
        present: Collection[ImageId],
        qualifying: Collection[LedgerEntry],
    ) -> None:
        """Takes a document in. qualifying: those of its entries that the policy would publish."""
        if self._lead is None:
            return
        # Best first, so that of a picture's copies the first one is seen.
        for picture, odds in self._of_pictures(state, present).items():
            first, second = self._best.get(picture, (-inf, -inf))
            self._best[picture] = (max(first, odds), max(second, min(first, odds)))
        for picture in {state.picture(entry.image) for entry in qualifying}:
            self._qualifying[picture] = self._qualifying.get(picture, 0) + 1
        for entry in qualifying:
            # An accepted pair is published whatever happens.
            if state.reviews.get(entry.image) is not Decision.ACCEPT:
                self._images.setdefault(state.picture(entry.image), set()).add(entry.image)

    def unclear(self) -> dict[ImageId, int]:
        """Images whose best document does not lead their next one, with how many would get them."""
        if self._lead is None:
            return {}
        return {
            image: self._qualifying[picture]
            for picture, images in self._images.items()
            if self._best[picture][0] - self._best[picture][1] < self._lead
            for image in images
        }

    @staticmethod
    def _of_pictures(state: DocumentState, present: Collection[ImageId]) -> dict[str, float]:
        found: dict[str, float] = {}
        for entry in rank(state.entries.values()):
            rejected = state.reviews.get(entry.image) is Decision.REJECT
            if entry.image in present and not rejected and entry.log_odds is not None:
                found.setdefault(state.picture(entry.image), entry.log_odds)
        return found
