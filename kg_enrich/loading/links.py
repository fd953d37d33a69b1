"""Finds the file that an image link means."""

import re
from pathlib import Path

from kg_enrich.errors import ImageError
from kg_enrich.images.decoding import image_suffixes
from kg_enrich.loading.memory import Folder
from kg_enrich.loading.roots import recorded_path

_ADDRESS = re.compile(r"//|[a-z][a-z0-9+.-]+:", re.IGNORECASE)
_QUERY = re.compile(r"[?#]")


class DeadLink(Exception):
    """A link leads to no image. The message says why, without naming the link.

    may_appear: whether the file may still appear.
    """

    def __init__(self, reason: str, may_appear: bool = False) -> None:
        super().__init__(reason)
        self.may_appear = may_appear


def find_image(folder: Folder, file: str, target: str) -> str:
    """The recorded path of an image that a Markdown file shows. The path is the image's id.

    file: path below the folder. A target that begins with '/' is first looked for in the folder,
    as site generators do, and then in the image roots. Errors: DeadLink.
    """
    if _ADDRESS.match(target):
        raise DeadLink("is an address; copy the image into the folder and link to the file")
    bare = _QUERY.split(target)[0]
    suffix = Path(bare).suffix.lower()
    if suffix in (".svg", ".svgz"):
        raise DeadLink("is SVG, which is not read; export it as PNG")
    if suffix not in image_suffixes():
        raise DeadLink("is not an image of a format that is read")
    outside = False
    # A question mark or a hash may begin a query or be part of the name.
    for path in dict.fromkeys((target, bare)):
        for place in _places(folder, file, path):
            try:
                return recorded_path(place, folder.roots)
            except ImageError:
                outside = outside or place.exists()
    if outside:
        raise DeadLink("lies outside every image root; add its folder to KG_ENRICH_IMAGE_ROOTS")
    raise DeadLink("is not there; mend the link or add the file", may_appear=True)


def _places(folder: Folder, file: str, path: str) -> list[Path]:
    if path.startswith("/"):
        return [base / path.lstrip("/") for base in (folder.place, *folder.roots)]
    return [(folder.place / file).parent / path]
