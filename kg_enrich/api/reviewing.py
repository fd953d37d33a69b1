"""A person's word: reviews, and flags on images that nothing references."""

import getpass
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from kg_enrich.api.opened import Opened
from kg_enrich.errors import SettingsError
from kg_enrich.evidence import flags, reviews
from kg_enrich.evidence.flags import Flag, FlagChanges
from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.reviews import Reviewed, Saying
from kg_enrich.evidence.sources import read_policies
from kg_enrich.given import word
from kg_enrich.models import DocumentId, ImageId
from kg_enrich.upkeep import bulk
from kg_enrich.upkeep.bulk import BulkPlan, BulkReviewed, Rule
from kg_enrich.upkeep.publish import unknown_source


@dataclass(frozen=True, slots=True)
class Unreferenced:
    """What flagging came to, and the most confident open flags."""

    changes: FlagChanges
    flags: list[Flag]


class Reviewing(Opened):
    """The part of a handle that takes a person's word."""

    def review(
        self,
        document: str,
        image: str,
        decision: Decision | None,
        *,
        reasons: Sequence[str] = (),
        note: str = "",
        by: str | None = None,
        settles: Sequence[str] = (),
        way: str = "api",
        batch: str = "",
        seen: str | None = None,
    ) -> Reviewed:
        """Records a person's word on a pair, or takes it back (None); its evidence follows at once.

        by: who says so; the user of this machine's account when None. settles: names of all whose
        other word this one overrules. batch: what it is said together with. seen: of the card that
        was shown; else it may be about anything.
        Errors: GraphError when document or image is not there exactly once; OutOfDateError when
        `seen` is no longer what there is.
        """
        saying = Saying(
            decision,
            person(by),
            tuple(dict.fromkeys(reasons)),
            note,
            tuple(settles),
            way,
            batch=batch,
            seen=seen,
        )
        return reviews.review(
            self.graph,
            DocumentId(word("document", document)),
            ImageId(word("image", image)),
            saying,
        )

    def review_all(
        self,
        rule: Rule,
        decision: Decision,
        *,
        token: str | None = None,
        reasons: Sequence[str] = (),
        by: str | None = None,
    ) -> BulkReviewed:
        """Says one word of all published evidence that a rule means and nobody has spoken of.

        token: the caller's name for this; asked twice with the same one, it is said once. None
        makes one, which the answer holds. by: as of `review`.
        Errors: SettingsError (no such source, the token stands for another rule), GraphError.
        """
        self._require_rule(rule)
        return bulk.review_all(
            self.graph,
            rule,
            decision,
            person(by),
            uuid4().hex if token is None else word("token", token),
            tuple(dict.fromkeys(reasons)),
        )

    def plan_review_all(self, rule: Rule) -> BulkPlan:
        """What `review_all` would speak of. Writes nothing. Errors: as of `review_all`."""
        self._require_rule(rule)
        return bulk.plan(self.graph, rule)

    def undo_batch(self, token: str) -> BulkReviewed:
        """Takes back all that was said under a token. Errors: SettingsError: nothing was."""
        return bulk.undo(self.graph, word("token", token))

    def unreferenced(self, *, limit: int = 100) -> Unreferenced:
        """Brings the flags of unreferenced images up to date as a run does; gives open ones."""
        changes = flags.update(self.graph, self.settings.flag_min_confidence, "unreferenced")
        return Unreferenced(changes, flags.read_open(self.graph, limit))

    def dismiss(self, flag: str, reason: str, *, by: str | None = None) -> str | int | None:
        """Dismisses a flag for good and returns its image's id (None: the image is gone).

        flag: its id or the beginning of it. by: who says so; this machine's user when None.
        Errors: GraphError when the id means no flag, or several.
        """
        return flags.dismiss(self.graph, flag, reason, person(by))

    def _require_rule(self, rule: Rule) -> None:
        if rule.source not in (known := read_policies(self.graph)):
            raise SettingsError(unknown_source(rule.source, known))


def person(by: str | None) -> str:
    """Who says so: the one who is named, else the user of this machine's account.

    Errors: SettingsError when the account has no name.
    """
    if by is not None:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number that has no name
        raise SettingsError("This account has no name: say with --by who says so.") from None
