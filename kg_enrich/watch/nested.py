"""Which files are archives themselves: by how they begin, or what they are called."""

from pathlib import PurePosixPath

_BEGINNINGS = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)
_TAR_MARK = slice(257, 262)
_SUFFIXES = frozenset((".zip", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".zst"))


def nested_kind(name: str, head: bytes) -> str:
    """What kind of archive it is, '' when it is none. head: its first 512 bytes."""
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head[_TAR_MARK] == b"ustar":
        return "tar"
    suffix = PurePosixPath(name).suffix.lower()
    return suffix[1:] if suffix in _SUFFIXES else ""
