"""What a reviewer has before them: documents to look through, cards, pictures, undo."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from kg_enrich import compose
from kg_enrich.api.opened import Opened
from kg_enrich.errors import UnreadableImageError
from kg_enrich.evidence import flags, listing, pace, references, reservations, taking_back, worklist
from kg_enrich.evidence.dossier import Dossier, read_dossier
from kg_enrich.evidence.flags import Flag
from kg_enrich.evidence.listing import DocumentRow
from kg_enrich.evidence.pace import Pace, Undoable
from kg_enrich.evidence.shown import ALL, Wanted
from kg_enrich.evidence.sources import read_policies
from kg_enrich.images.catalogue import find_file
from kg_enrich.images.decoding import image_suffixes, resolve
from kg_enrich.images.thumbnails import SMALL, Thumbnail
from kg_enrich.models import DocumentId, ImageId


class Desk(Opened):
    """The part of a handle that puts things before a reviewer."""

    @property
    def source(self) -> str:
        """The evidence source of the settings."""
        return compose.source_name(self.settings)

    def sources(self) -> list[str]:
        """The evidence sources that there are, by name."""
        return sorted(read_policies(self.graph))

    def dossier(
        self, document: str, source: str, *, limit: int = 24, also: Sequence[str] = ()
    ) -> Dossier | None:
        """A document with every image that may be evidence for it; None when it is not there.

        limit: cards, at most, but for those that somebody spoke of. also: images to show in any
        case. Errors: GraphError (no such source).
        """
        images = [ImageId(image) for image in also]
        return read_dossier(self.graph, DocumentId(document), source, limit, images)

    def documents_after(
        self, source: str, after: str | None = None, wanted: Wanted = ALL
    ) -> Iterator[tuple[str | int, str]]:
        """Documents with published evidence, each with the place behind it, in order of ids."""
        return worklist.documents_after(self.graph, source, after, wanted)

    def documents(
        self, *, limit: int = 50, after: str | None = None
    ) -> tuple[list[DocumentRow], str | None]:
        """Documents in order of their ids, with what is published of each; the place behind."""
        return listing.page_documents(self.graph, limit, after)

    def reserve(self, document: str, by: str, tab: str = "") -> bool:
        """Reserves a document for some minutes; False when it is with another reviewer.

        tab: which of their pages holds it; '' where that is not known.
        """
        return reservations.reserve(self.graph, DocumentId(document), by, tab)

    def reserved(self, by: str, tab: str = "") -> set[str]:
        """What is with other reviewers than `by` right now, or with them in another tab, by the
        names that were reserved."""
        return reservations.read_reserved(self.graph, by, tab)

    def release(self, by: str, tab: str, *kept: str) -> None:
        """Gives back what one of a reviewer's tabs has reserved, all but `kept`."""
        reservations.release(self.graph, by, tab, [DocumentId(one) for one in kept])

    def pace(self, by: str) -> Pace:
        """How somebody reviewed within the last hours."""
        return pace.read_pace(self.graph, by, time.time())

    def undoable(self, by: str) -> list[Undoable]:
        """What somebody can still undo, the last first."""
        return pace.read_undoable(self.graph, by)

    def undo_last(self, by: str) -> Undoable | None:
        """Undoes what somebody said last on the pages; what they had said before is in force."""
        return taking_back.undo_last(self.graph, by)

    def flags(self, *, limit: int = 20, after: str | None = None) -> tuple[list[Flag], str | None]:
        """Open flags as they stand, and the place behind them."""
        return flags.page_open(self.graph, limit, after)

    def make_reference(self, document: str, image: str, *, by: str) -> int:
        """Makes a document reference an image; gives how many edges that took.

        Errors: GraphError: one of them is not there exactly once.
        """
        strong = self.settings.flag_min_confidence
        return references.make_reference(
            self.graph, DocumentId(document), ImageId(image), by, strong
        )

    def undo_reference(self, document: str, image: str) -> int:
        """Takes back a reference that was made by `make_reference`; nobody else's."""
        strong = self.settings.flag_min_confidence
        return references.undo_reference(self.graph, DocumentId(document), ImageId(image), strong)

    def picture(self, image: str, size: int = SMALL) -> Thumbnail:
        """A small picture of an image in the graph.

        Errors: UnreadableImageError (also: there is no such image), ReadingError.
        """
        return self.thumbnails.of(self._file(image), size)

    def picture_tag(self, image: str, size: int = SMALL) -> str:
        """The tag that `picture` would give. Errors: as of `picture`."""
        return self.thumbnails.tag(self._file(image), size)

    def images_in(self, folder: str, limit: int) -> list[Path]:
        """The image files that lie in a folder within a root, by name, `limit` at most.

        folder: absolute, or below a root. Errors: UnreadableImageError (no such folder within a
        root), ReadingError.
        """
        place = resolve(folder, compose.roots(self.settings))
        if not place.is_dir():
            raise UnreadableImageError(f"{folder!r}: is no folder")
        known = image_suffixes()
        files = (file for file in sorted(place.iterdir()) if file.suffix.lower() in known)
        return [file for file in files if file.is_file() and not file.is_symlink()][:limit]

    def _file(self, image: str) -> Path:
        return find_file(self.graph, ImageId(image), compose.roots(self.settings))
