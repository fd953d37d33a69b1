"""Pictures that a caller names: by a path within the roots, by an id, or sent as a file."""

from dataclasses import dataclass
from pathlib import Path

from kg_enrich.models import Image


@dataclass(frozen=True, slots=True)
class Named:
    """A picture. Exactly one of path, id and file is set, or trouble says why none is.

    name: what the answer calls it. file: of our own making, which lies in no root. caption: what
    a scorer that reads captions is given with it.
    """

    name: str
    path: str | None = None
    id: str | None = None
    file: Path | None = None
    caption: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """A picture that was looked up; reason says why there is no image."""

    named: Named
    image: Image | None
    reason: str = ""

    def told(self, text: str) -> str:
        """A text about its file, by the name that the caller knows."""
        return text if self.image is None else text.replace(str(self.image.file), self.named.name)
