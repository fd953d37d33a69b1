"""What becomes of archives that nobody should unpack, each as a watch folder gets it.

python -m benchmarks.hostile_archives
"""

import stat
import struct
import sys
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from benchmarks.output import print_markdown
from kg_enrich.errors import BadJobError
from kg_enrich.watch.archive import ArchiveLimits, unpack

# What the table is made with; small, so that nothing large is ever made to be refused.
LIMITS = ArchiveLimits(files=100, bytes=20_000_000)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def of(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these files."""
    made = BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "w", method) as archive:
        warnings.simplefilter("ignore")  # of a name that stands twice
        for name, content in files:
            # Not by its constructor, which mends names.
            info = zipfile.ZipInfo("x")
            info.filename = name
            info.compress_type = method
            archive.writestr(info, content)
    return made.getvalue()


def special(mode: int) -> bytes:
    """An archive of one entry of another kind than a file."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        info = zipfile.ZipInfo("photo.png")
        info.create_system = 3
        info.external_attr = (mode | 0o644) << 16
        archive.writestr(info, "/etc/passwd")
    return made.getvalue()


def patched(archive: bytes, at: int, form: str, value: int) -> bytes:
    """The archive with another number in every entry's line of its table of contents.

    at: bytes from the line's beginning. form: as of `struct`.
    """
    found = bytearray(archive)
    place = found.find(b"PK\x01\x02")
    while place >= 0:
        struct.pack_into(form, found, place + at, value)
        place = found.find(b"PK\x01\x02", place + 4)
    return bytes(found)


def overlapping() -> bytes:
    """Many names of one piece of data, as in the bombs that grow without nesting."""
    archive = bytearray(of(*((f"{n}.png", bytes(1000)) for n in range(20))))
    place = archive.find(b"PK\x01\x02")
    while place >= 0:
        struct.pack_into("<I", archive, place + 42, 0)
        place = archive.find(b"PK\x01\x02", place + 4)
    return bytes(archive)


def lying() -> bytes:
    """It says 100 bytes, and grows to 30 MB."""
    return patched(of(("photo.png", bytes(30_000_000))), 24, "<I", 100)


def endless_contents() -> bytes:
    """Its table of contents claims a gigabyte."""
    archive = bytearray(of(("photo.png", PICTURE)))
    archive[:0] = bytes(1 << 25)
    end = archive.rfind(b"PK\x05\x06")
    struct.pack_into("<I", archive, end + 12, 1 << 24 | 1)
    return bytes(archive)


def flipped(archive: bytes) -> bytes:
    """One bit of the data is another."""
    found = bytearray(archive)
    found[60] ^= 1
    return bytes(found)


ARCHIVES: dict[str, Callable[[], bytes]] = {
    "`../../etc/cron.d/x`": lambda: of(("../../etc/cron.d/x", b"x")),
    "`a/../../x.png`": lambda: of(("a/../../x.png", PICTURE)),
    "`/etc/passwd`": lambda: of(("/etc/passwd", b"x")),
    "`C:\\x.png`": lambda: of(("C:\\x.png", PICTURE)),
    "`..\\x.png`": lambda: of(("..\\x.png", PICTURE)),
    "a NUL in a name": lambda: of(("a.png\0.txt", PICTURE)),
    "a line break in a name": lambda: of(("a\n.png", PICTURE)),
    "a name of 5,000 characters": lambda: of(("a" * 5000 + ".png", PICTURE)),
    "a symbolic link": lambda: special(stat.S_IFLNK),
    "a pipe": lambda: special(stat.S_IFIFO),
    "a device": lambda: special(stat.S_IFCHR),
    "a bomb of zeros": lambda: of(("photo.bmp", bytes(15_000_000))),
    "a bomb of many files": lambda: of(*((f"{n}.bmp", bytes(3_000_000)) for n in range(9))),
    "a bomb that lies about its size": lying,
    "a bomb whose files overlap": overlapping,
    "101 files": lambda: of(*((f"{n}.png", PICTURE) for n in range(101))),
    "a table of contents without end": endless_contents,
    "an archive in it": lambda: of(("more.zip", of(("a.png", PICTURE)))),
    "an archive called photo.png": lambda: of(("photo.png", of(("a.png", PICTURE)))),
    "a tarball": lambda: of(("photos.tgz", b"\x1f\x8b\x08" + bytes(20))),
    "a password": lambda: patched(of(("photo.png", PICTURE)), 8, "<H", 1),
    "LZMA": lambda: of(("photo.png", PICTURE), method=zipfile.ZIP_LZMA),
    "one name twice": lambda: of(("photo.png", PICTURE), ("photo.png", PICTURE + b"2")),
    "no files": lambda: of(),
    "nothing but `__MACOSX`": lambda: of(("__MACOSX/._photo.png", PICTURE)),
    "half of it": lambda: of(("photo.png", PICTURE * 50), method=zipfile.ZIP_STORED)[:5000],
    "a flipped bit": lambda: flipped(of(("photo.png", PICTURE), method=zipfile.ZIP_STORED)),
    "data of another kind": lambda: patched(of(("photo.png", zlib.compress(PICTURE))), 42, "<I", 9),
    "text": lambda: b"No archive at all.\n" * 100,
    "an empty file": lambda: b"",
}


def refusal(archive: bytes, folder: Path) -> str:
    """The line that says why the archive is not unpacked; '' when it was. folder: an empty one."""
    file = folder / "job.zip"
    file.write_bytes(archive)
    try:
        unpack(file, folder / "images", LIMITS)
    except BadJobError as error:
        return str(error)
    return ""


def main() -> int:
    rows = []
    for what, make in ARCHIVES.items():
        with tempfile.TemporaryDirectory() as folder:
            rows.append((what, refusal(make(), Path(folder)) or "**unpacked**"))
    print_markdown(("an archive with", "`error`"), rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
