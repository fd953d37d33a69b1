"""A person's word: reviews, and flags on images that nothing references."""

import getpass
from collections.abc import Sequence
from dataclasses import dataclass

from kg_enrich.api.opened import Opened
from kg_enrich.errors import SettingsError
from kg_enrich.evidence import flags, reviews
from kg_enrich.evidence.flags import Flag, FlagChanges
from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.reviews import Reviewed, Saying
from kg_enrich.given import word
from kg_enrich.models import DocumentId, ImageId


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
    ) -> Reviewed:
        """Records a person's word on a pair, or takes it back (None); its evidence follows at once.

        by: who says so; the user of this machine's account when None. settles: names of all whose
        other word this one overrules.
        Errors: GraphError when document or image is not there exactly once.
        """
        saying = Saying(
            decision,
            person(by),
            tuple(dict.fromkeys(reasons)),
            note,
            tuple(settles),
            way,
        )
        return reviews.review(
            self.graph,
            DocumentId(word("document", document)),
            ImageId(word("image", image)),
            saying,
        )

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
