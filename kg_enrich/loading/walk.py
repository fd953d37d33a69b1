"""Finds the files of a folder of Markdown without opening any."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kg_enrich.errors import ImageError
from kg_enrich.images.decoding import file_version, image_suffixes, resolve
from kg_enrich.loading.formats import UNREAD

# Part of a text's version, because a newer reading may find more in it.
_READING = "2:"
_MARKDOWN = frozenset((".md", ".markdown", ".mdown", ".mkd", ".mdx"))
# Programs make these folders; their readmes and icons are no documents. Hidden ones go, too.
_NOT_OURS = frozenset(("node_modules", "__pycache__", "bower_components", "site-packages"))


@dataclass(slots=True)
class Walk:
    """Files by their path below the folder, with '/', and their versions (size and time).

    problems: of files that are there and cannot be used, by path. unlisted: folders that could
    not be looked into, so that nothing may be concluded from what was not found. unread: paths of
    pictures of formats that are not read, by their suffix.
    """

    markdown: dict[str, str] = field(default_factory=dict)
    images: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    unlisted: list[str] = field(default_factory=list)
    unread: dict[str, list[str]] = field(default_factory=dict)

    @property
    def notes(self) -> tuple[str, ...]:
        """A line for every format that is not read: no trouble, yet nobody shall look in vain."""
        return tuple(
            f"{len(paths)} pictures in {suffix[1:].upper()} are left out, such as {min(paths)}: "
            "it is not read; export what documents need as PNG"
            for suffix, paths in sorted(self.unread.items())
        )


def walk(folder: Path, roots: Sequence[Path]) -> Walk:
    """Every Markdown and image file below a folder.

    It does not follow links to folders, which would lead in circles. It follows a link to Markdown
    that leads into a root. An image behind a link is found through the file that shows it.
    """
    found = Walk()
    suffixes = image_suffixes()
    waiting = [""]
    while waiting:
        below = waiting.pop()
        try:
            entries = list(os.scandir(folder / below))
        except OSError as error:
            found.unlisted.append(f"{folder / below}: cannot be listed ({error.strerror})")
            continue
        for entry in entries:
            suffix = os.path.splitext(entry.name)[1].lower()
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.name.startswith(".") or entry.name in _NOT_OURS:
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(path)
            elif suffix not in _MARKDOWN and suffix not in suffixes:
                if suffix in UNREAD and _is_text(entry.name):
                    found.unread.setdefault(suffix, []).append(path)
                continue
            elif not _is_text(entry.name):
                found.problems[path] = f"{folder / below}: {entry.name!a} is no UTF-8; rename it"
            elif entry.is_file(follow_symlinks=False):
                if suffix in _MARKDOWN:
                    found.markdown[path] = _READING + _version(entry)
                else:
                    found.images[path] = _version(entry)
            elif entry.is_symlink() and suffix in _MARKDOWN:
                try:
                    target = resolve(str((folder / path).absolute()), roots)
                    found.markdown[path] = _READING + file_version(target)
                except ImageError as error:
                    found.problems[path] = str(error)
    return found


def _is_text(name: str) -> bool:
    """Whether the graph can hold the name: on Linux a file's name may be any bytes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _version(entry: "os.DirEntry[str]") -> str:
    """The version that `images.file_version` gives, without a second look at the path."""
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:  # it is gone since it was listed; reading it will say so
        return ""
    return f"{status.st_size}-{status.st_mtime_ns}"
