"""Loads a folder of documents.jsonl, images.jsonl and references.jsonl into the graph.

documents: id, title, text. images: id, path (relative to the folder), and optionally caption or
alt_text. references: document_id, image_id. Other fields are left alone; where an id stands
twice, its last line counts.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kg_enrich.errors import ImageError, SettingsError
from kg_enrich.graph.connection import Graph
from kg_enrich.identity import INT64
from kg_enrich.loading.records import (
    DocumentRecord,
    ImageRecord,
    Loaded,
    ReferenceRecord,
    load_documents,
    load_images,
    load_references,
)
from kg_enrich.loading.roots import recorded_image, require_inside

FILES = ("documents.jsonl", "images.jsonl", "references.jsonl")

# In bytes; an index takes no longer value.
_LONGEST_ID = 8000


def load_jsonl(
    graph: Graph,
    folder: Path,
    roots: Sequence[Path],
    done: Callable[[int], None] = lambda _: None,
) -> Loaded:
    """Loads the files that are there. Loading twice changes nothing.

    roots: from `images.image_roots`. It leaves out a line that it cannot use, and names it.
    Errors: SettingsError when the folder has none of the files or lies outside the roots.
    """
    if not is_jsonl(folder):
        raise SettingsError(f"{folder} holds none of {', '.join(FILES)}: nothing to load.")
    require_inside(folder, roots)
    problems: list[str] = []
    documents = load_documents(graph, _documents(folder, problems), done)
    images = load_images(graph, _images(folder, roots, problems), done)
    references, lost = load_references(graph, _references(folder, problems), done)
    problems += [
        f"{folder / FILES[2]}:{one.number}: document {one.document!r} or image {one.image!r} is "
        "not in the graph; load it first"
        for one in lost
    ]
    return Loaded(documents, images, references, tuple(problems))


def is_jsonl(folder: Path) -> bool:
    """Whether the folder holds one of the files."""
    return any((folder / name).is_file() for name in FILES)


def count_lines(folder: Path) -> int:
    """The number of lines of all its files, for a progress bar."""
    files = [folder / name for name in FILES if (folder / name).is_file()]
    return sum(chunk.count(b"\n") for file in files for chunk in _chunks(file))


def _chunks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while chunk := opened.read(1 << 20):
            yield chunk


def _documents(folder: Path, problems: list[str]) -> Iterator[DocumentRecord]:
    for _, row in _rows(folder / FILES[0], ("id", "text"), problems):
        yield DocumentRecord(row["id"], row.get("title") or "", row["text"])


def _images(folder: Path, roots: Sequence[Path], problems: list[str]) -> Iterator[ImageRecord]:
    for number, row in _rows(folder / FILES[1], ("id", "path"), problems):
        try:
            path = recorded_image(folder / row["path"], roots)
        except ImageError as error:
            problems.append(f"{folder / FILES[1]}:{number}: {error}")
            continue
        yield ImageRecord(row["id"], path, row.get("caption") or row.get("alt_text") or None)


def _references(folder: Path, problems: list[str]) -> Iterator[ReferenceRecord]:
    for number, row in _rows(folder / FILES[2], ("document_id", "image_id"), problems):
        yield ReferenceRecord(number, row["document_id"], row["image_id"])


def _rows(
    file: Path, needed: tuple[str, ...], problems: list[str]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The usable lines of a file, with their numbers. Ids may be strings or integers."""
    if not file.is_file():
        return
    with file.open(encoding="utf-8-sig", errors="surrogateescape") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            trouble, row = _parse(line, needed)
            if trouble:
                problems.append(f"{file}:{number}: {trouble}")
            else:
                yield number, row


def _parse(line: str, needed: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """What is wrong with a line ('' when nothing is), and its content."""
    try:
        line.encode()
        row = json.loads(line)
    except UnicodeEncodeError:
        return "is not UTF-8; save the file as UTF-8", {}
    except json.JSONDecodeError as error:
        return f"is not JSON ({error.msg} at column {error.colno}); mend the line", {}
    except (RecursionError, ValueError):  # brackets without end, a number of thousands of digits
        return "is not JSON that can be read (too deep, or too long a number); mend the line", {}
    if not isinstance(row, dict):
        return "is not a JSON object; write one object a line", {}
    troubles = (_trouble(field, row.get(field)) for field in needed)
    more = (
        f"has a {field!r} that is not a string"
        for field in ("title", "caption", "alt_text")
        if not isinstance(row.get(field), str | None)
    )
    halves = (
        f"has half a character in {field!r} (a lone surrogate); write the whole one"
        for field in (*needed, "title", "caption", "alt_text")
        if isinstance(row.get(field), str) and not _is_whole(row[field])
    )
    return next(filter(None, (*troubles, *more, *halves)), ""), row


def _trouble(field: str, value: Any) -> str:
    """What is wrong with a field that must be there."""
    is_id = field.endswith("id")
    if isinstance(value, int) and not isinstance(value, bool) and is_id:
        return "" if value in INT64 else f"has a {field!r} beyond 64 bits; give it as a string"
    if not isinstance(value, str):
        return f"has no usable {field!r}; give it a string"
    if is_id and (size := len(value.encode(errors="replace"))) > _LONGEST_ID:
        return f"has a {field!r} of {size} bytes; {_LONGEST_ID} are allowed"
    if field == "path" and not value.strip():
        return "has an empty 'path'; name the image's file"
    return ""


def _is_whole(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
