"""Names of files in an archive: what they say, and what is refused of them."""

import re
import zipfile
from contextlib import suppress
from pathlib import PurePosixPath

from kg_enrich.errors import BadJobError

_UTF8 = 0x800
_LONGEST = 1024
# What operating systems put in without being asked.
_CLUTTER = frozenset(("thumbs.db", "desktop.ini", "__macosx"))


def member_name(info: zipfile.ZipInfo) -> str:
    """A file's name with '/', as people named it. Errors: BadJobError for one that leads out.

    Without the mark of UTF-8 it may be in any encoding; those of Linux and of a Chinese Windows
    are tried before the standard's.
    """
    name = info.orig_filename
    if not info.flag_bits & _UTF8:
        with suppress(UnicodeEncodeError):  # then it came from a field in Unicode
            name = _decoded(name.encode("cp437"))
    name = name.replace("\\", "/")
    if len(name) > _LONGEST:
        raise BadJobError(f"A name in the archive has {len(name)} characters: {name[:80]!r}...")
    if any(ord(character) < 32 for character in name):
        raise BadJobError(f"{name!r} has control characters in its name.")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
        raise BadJobError(f"{name!r} leads out of the archive.")
    return name


def _decoded(name: bytes) -> str:
    for encoding in ("utf-8", "gbk"):
        with suppress(UnicodeDecodeError):
            return name.decode(encoding)
    return name.decode("cp437")


def is_clutter(name: str) -> bool:
    """Whether nobody meant the file: hidden ones, and those that systems make by themselves."""
    return any(
        part.startswith(".") or part.casefold() in _CLUTTER for part in PurePosixPath(name).parts
    )


def suffix_of(name: str) -> str:
    """The suffix, where it is a plain one, in lower case with the dot; else ''."""
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ""
