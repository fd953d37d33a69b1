"""Unpacks an archive that anybody may have made: images come out of it, and nothing else happens.

What is asked of the archive is asked of its table of contents first, and what that says is not
believed while unpacking. Files get names of ours, so that none of theirs is ever a path on disk.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import IO

from kg_enrich.errors import BadJobError
from kg_enrich.watch.archive_names import is_clutter, member_name, suffix_of
from kg_enrich.watch.nested import nested_kind

# Of one table of contents; one of a thousand files takes a tenth of a megabyte.
_MOST_AT_ONCE = 16 << 20
_CHUNK = 1 << 20
# A blank page may shrink by more; below this size it does no harm.
_RATIO_MATTERS = 4 << 20
_ENCRYPTED = 0x1 | 0x40 | 0x2000
# Others may ask for gigabytes of memory to be unpacked (LZMA), or need libraries that vary.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    OverflowError,
    RuntimeError,
    NotImplementedError,
)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may hold. files: how many. bytes: unpacked, all of them together.

    ratio: a file's size to what it takes in the archive.
    """

    files: int = 1000
    bytes: int = 2_000_000_000
    ratio: int = 200


@dataclass(frozen=True, slots=True)
class Member:
    """A file that was unpacked. name: in the archive, with '/'."""

    name: str
    file: Path


def unpack(archive: Path, folder: Path, limits: ArchiveLimits) -> list[Member]:
    """Unpacks the archive's files into a new folder, in the archive's order.

    Errors: BadJobError when it is damaged, over the limits, or holds what no image is (links,
    archives, paths that lead out); OSError when the disk will not.
    """
    folder.mkdir()
    with archive.open("rb") as data:
        try:
            with zipfile.ZipFile(_Bounded(data)) as opened:
                chosen = _members(opened, limits)
                return _unpack(opened, chosen, folder, limits)
        except _DAMAGES as error:
            text = " ".join(str(error).split())[:200] or type(error).__name__
            raise BadJobError(f"The archive is damaged, or no zip at all ({text}).") from None


def _members(opened: zipfile.ZipFile, limits: ArchiveLimits) -> list[tuple[str, zipfile.ZipInfo]]:
    """The files to unpack, by name. Errors: BadJobError."""
    infos = opened.infolist()
    if len(infos) > limits.files:
        raise BadJobError(
            f"The archive holds {len(infos)} files; {limits.files} are allowed "
            "(KG_ENRICH_ARCHIVE_MAX_FILES)."
        )
    named = [(member_name(info), info) for info in infos]
    for name, info in named:
        _refuse(name, info, limits)
    _refuse_overlaps(infos)
    if (total := sum(info.file_size for info in infos)) > limits.bytes:
        raise _too_large(total, limits)
    files = [
        (name, info) for name, info in named if not name.endswith("/") and not is_clutter(name)
    ]
    seen: set[str] = set()
    for name, _ in files:
        if name in seen:
            raise BadJobError(f"{name!r} stands twice in the archive.")
        seen.add(name)
    if not files:
        raise BadJobError("The archive holds no files.")
    return files


def _refuse(name: str, info: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    mode = info.external_attr >> 16
    if stat.S_ISLNK(mode):
        raise BadJobError(f"{name!r} is a link; put the file itself into the archive.")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadJobError(f"{name!r} is no regular file.")
    if info.flag_bits & _ENCRYPTED:
        raise BadJobError(f"{name!r} is encrypted; make the archive without a password.")
    if info.compress_type not in _METHODS:
        raise BadJobError(
            f"{name!r} is compressed by method {info.compress_type}; make the archive with "
            "deflate, the usual one."
        )
    shrunk = info.file_size > limits.ratio * max(info.compress_size, 1)
    if shrunk and info.file_size > _RATIO_MATTERS:
        raise BadJobError(
            f"{name!r} grows to more than {limits.ratio} times its size in the archive "
            f"({info.file_size} bytes), as bombs do; save it as PNG."
        )


def _refuse_overlaps(infos: Sequence[zipfile.ZipInfo]) -> None:
    """A bomb may let many names share one piece of data."""
    ordered = sorted(infos, key=lambda info: info.header_offset)
    for one, following in pairwise(ordered):
        if one.header_offset + 30 + one.compress_size > following.header_offset:
            raise BadJobError(f"{member_name(following)!r} shares its data with another file.")


def _unpack(
    opened: zipfile.ZipFile,
    chosen: Sequence[tuple[str, zipfile.ZipInfo]],
    folder: Path,
    limits: ArchiveLimits,
) -> list[Member]:
    members, total = [], 0
    for number, (name, info) in enumerate(chosen):
        file = folder / f"{number:06}{suffix_of(name)}"
        head = b""
        with opened.open(info) as packed, file.open("xb") as out:
            while chunk := packed.read(_CHUNK):
                head = head or chunk[:512]
                total += len(chunk)
                if total > limits.bytes:
                    raise _too_large(total, limits)
                out.write(chunk)
        if kind := nested_kind(name, head):
            raise BadJobError(f"{name!r} is an archive itself ({kind}); put its files in directly.")
        members.append(Member(name, file))
    return members


def _too_large(total: int, limits: ArchiveLimits) -> BadJobError:
    return BadJobError(
        f"The archive unpacks to {total} bytes or more; {limits.bytes} are allowed "
        "(KG_ENRICH_ARCHIVE_MAX_BYTES)."
    )


class _Bounded:
    """A file of which nobody reads much at once: a table of contents may claim any size."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        if 0 <= size <= _MOST_AT_ONCE:
            return self._file.read(size)
        found = self._file.read(_MOST_AT_ONCE + 1)
        if len(found) > _MOST_AT_ONCE:
            raise BadJobError("The archive's table of contents is too large.")
        return found

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True
