"""Which files are pictures by their names, read or not."""

import re
from pathlib import PurePosixPath

from kg_enrich.images.decoding import image_suffixes

# Pictures of formats that are not read: a person shall know of them.
_UNREAD = """
svg svgz mpo ico icns cur psd xcf ai eps wmf emf tga dds pcx dcx xbm xpm jxl jxr wdp fits dng cr2
cr3 nef arw orf rw2 raf
"""
UNREAD = frozenset(f".{kind}" for kind in _UNREAD.split())
LIKE_IMAGE = image_suffixes() | UNREAD

_QUERY = re.compile(r"[?#]")
# A path within a template's braces, as Jekyll has it.
_TEMPLATE = re.compile(r"""\{\{\s*["']([^"']+)["'][^{}]*\}\}""")


def bare(target: str) -> str:
    """A link's target without what begins with a question mark or a hash."""
    return _QUERY.split(target)[0]


def written(target: str) -> str:
    """A link's target without what surrounds it in a template."""
    return _TEMPLATE.sub(r"\1", target)


def suffix(path: str) -> str:
    """In lower case with its dot; '' where there is none."""
    return PurePosixPath(path.strip()).suffix.lower()


def is_like_image(target: str) -> bool:
    """Whether a link's target is called as pictures are."""
    target = written(target)
    return suffix(target) in LIKE_IMAGE or suffix(bare(target)) in LIKE_IMAGE
