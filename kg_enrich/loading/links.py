"""Finds the file that an image link means."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from kg_enrich.errors import ImageError
from kg_enrich.images.decoding import image_suffixes
from kg_enrich.loading.formats import UNREAD, bare, suffix, written
from kg_enrich.loading.listings import nearest
from kg_enrich.loading.memory import Folder
from kg_enrich.loading.roots import recorded_image

_ADDRESS = re.compile(r"//|[a-z][a-z0-9+.-]+:", re.IGNORECASE)
# What site generators and bundlers write for the site's own folder.
_SITE = re.compile(r"(?:@site|@|~)/|\{\{[^{}]*(?:base_?url|site\.url)[^{}]*\}\}/?", re.IGNORECASE)
# Where they keep what is served as it is.
_SERVED = ("", "static", "assets", "public")


class DeadLink(Exception):
    """A link leads to no image. The message says why, without naming the link.

    may_appear: whether the file may still appear.
    """

    def __init__(self, reason: str, may_appear: bool = False) -> None:
        super().__init__(reason)
        self.may_appear = may_appear


def find_image(folder: Folder, file: str, target: str) -> str:
    """The recorded path of an image that a Markdown file shows. The path is the image's id.

    file: path below the folder. target: as written. One that begins with '/' is looked for in the
    folder, in the image roots, and in what site generators serve from above the file; `[[name]]`
    anywhere in the folder. Where no name fits to the letter, one that differs in case or Unicode
    form does. Errors: DeadLink.
    """
    target = written(target).removeprefix("pathname://")
    if target.startswith("{") and not _SITE.match(target):
        raise DeadLink("is the name of something that a program makes; write the path itself")
    if target.lower().startswith("file:"):
        target = urlsplit(target).path
    elif _ADDRESS.match(target):
        raise DeadLink("is an address; copy the image into the folder and link to the file")
    paths = _paths(target)
    if not paths:
        raise DeadLink(_unread(target))
    outside = False
    for path in paths:
        for place in _places(folder, file, path):
            try:
                return recorded_image(place, folder.roots)
            except ImageError:
                outside = outside or place.is_file()
    for path in paths:
        for place in _places(folder, file, path):
            if (found := nearest(place, folder)) is not None:
                try:
                    return recorded_image(found, folder.roots)
                except ImageError:
                    outside = True
    if outside:
        raise DeadLink("lies outside every image root; add its folder to KG_ENRICH_IMAGE_ROOTS")
    raise DeadLink("is not there; mend the link or add the file", may_appear=True)


def _paths(target: str) -> list[str]:
    """What a target may mean: a question mark or a hash may begin a query or be part of a name,
    and a percent sign may be one."""
    wiki = target.startswith("[[")
    inner = target[2:-2] if wiki else target
    meant = [unquote(inner), unquote(bare(inner)), inner, bare(inner)]
    # A backslash is a slash for who writes on Windows, and part of a name elsewhere.
    meant += [path.replace("\\", "/") for path in meant]
    usable = [path for path in dict.fromkeys(meant) if suffix(path) in image_suffixes()]
    return [f"[[{path}" for path in usable] if wiki else usable


def _unread(target: str) -> str:
    kind = suffix(bare(unquote(target.removeprefix("[[").removesuffix("]]"))))
    if kind in (".svg", ".svgz"):
        return "is SVG, which is not read; export it as PNG"
    if kind in UNREAD:
        return f"is {kind[1:].upper()}, a format that is not read; export it as PNG"
    return "is not an image of a format that is read"


def _places(folder: Folder, file: str, path: str) -> Iterator[Path]:
    here = (folder.place / file).parent
    if path.startswith("[["):
        name = path[2:]
        yield here / name
        yield folder.place / name
        yield from (folder.place / one for one in folder.called(name))
    elif path.startswith("/"):
        below = path.lstrip("/")
        yield Path(path)
        yield folder.place / below
        yield from (root / below for root in folder.roots)
        yield from (above / served / below for above in _above(folder, here) for served in _SERVED)
    elif site := _SITE.match(path):
        below = path[site.end() :]
        yield from (above / served / below for above in _above(folder, here) for served in _SERVED)
    else:
        yield here / path


def _above(folder: Folder, here: Path) -> Iterator[Path]:
    """The folders that hold a file, the nearest first, as far as an image root."""
    for above in (here, *here.parents):
        if not any(above.is_relative_to(root) for root in folder.roots):
            return
        yield above
