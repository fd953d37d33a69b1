"""Files for people: the report of a source, and the card of a document."""

import base64
from pathlib import Path

from markupsafe import Markup

from kg_enrich import compose
from kg_enrich.api.opened import Opened
from kg_enrich.doctor.settings_in_force import effective
from kg_enrich.errors import ImageError, SettingsError
from kg_enrich.evidence.sources import read_policies
from kg_enrich.evidence.unreadable import read_unreadable
from kg_enrich.given import word
from kg_enrich.images.decoding import resolve
from kg_enrich.images.thumbnails import MEDIA_TYPE
from kg_enrich.measure.status import status
from kg_enrich.report.cards import read_card, render_card
from kg_enrich.report.gathering import gather
from kg_enrich.report.quality import render_quality
from kg_enrich.report.rendering import render_report
from kg_enrich.upkeep.publish import unknown_source

_UNREADABLE = 100
# Bytes of pictures in one file, so that it can be mailed.
_PICTURES = 8_500_000


class Reporting(Opened):
    """The part of a handle that writes files for people."""

    def report(self, *, source: str | None = None, pairs: int = 40) -> str:
        """The report of a source as one HTML file that refers to nothing outside itself.

        source: the settings' when None. pairs: shown with pictures, at most.
        Errors: SettingsError (no such source), GraphError.
        """
        name = compose.source_name(self.settings) if source is None else source
        if name not in (known := read_policies(self.graph)):
            raise SettingsError(unknown_source(name, known))
        unreadable = read_unreadable(self.graph, compose.roots(self.settings), _UNREADABLE)
        settings = [
            (one.name, one.value or "")
            for one in effective(self.settings)
            if one.origin != "default"
        ]
        pictures = _Pictures(self)
        found = gather(self.graph, name, pairs, pictures.of, unreadable, settings)
        return render_report(found, self._quality(name))

    def _quality(self, source: str) -> Markup | str:
        """What an audit of the source shows; '' where there is none."""
        try:
            return render_quality(status(self.graph, source))
        except SettingsError:
            return ""

    def card(self, document: str, *, form: str = "markdown", limit: int = 6) -> str:
        """A document's best images with captions and reasons. form: 'markdown' or 'html'.

        Markdown names the images' paths; HTML holds the pictures themselves.
        Errors: GraphError when there is no such document.
        """
        found = read_card(self.graph, word("document", document), limit, _Pictures(self).of)
        return render_card(found, form)


class _Pictures:
    """Thumbnails as data URIs, each made once, until there are too many bytes of them."""

    def __init__(self, opened: Opened) -> None:
        self._roots = compose.roots(opened.settings)
        self._thumbnails = opened.thumbnails
        self._left = _PICTURES

    def of(self, path: str | None) -> str:
        """'' where there is no picture, or no room for it."""
        if not isinstance(path, str) or self._left <= 0:
            return ""
        try:
            file: Path = resolve(path, self._roots)
            data = self._thumbnails.of(file).data
        except ImageError:
            return ""
        text = f"data:{MEDIA_TYPE};base64,{base64.b64encode(data).decode()}"
        self._left -= len(text)
        return text
