"""Reads one file of a folder of Markdown, and says what the graph shall hold of it."""

from collections.abc import Set
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from kg_enrich.errors import ImageError
from kg_enrich.graph.connection import Row
from kg_enrich.identity import named_key, text_hash
from kg_enrich.images.decoding import resolve
from kg_enrich.images.opening import read_resolved
from kg_enrich.loading.links import DeadLink, find_image
from kg_enrich.loading.memory import Folder, Remembered
from kg_enrich.loading.moved import Shift, is_counted
from kg_enrich.loading.roots import recorded_image
from kg_enrich.loading.sections import Link, read_sections

# An index takes no value of more than 8 kB, and a longer id is of no use to a reader.
_LONGEST_ID = 1000


@dataclass(slots=True)
class Reading:
    """What one or several files hold.

    images: captions by id. former: references that the files had before; those that are not among
    `references` are to be removed. shifts: what the files' documents may have been called before.
    """

    opened: int = 0
    files: list[Remembered] = field(default_factory=list)
    documents: list[Row] = field(default_factory=list)
    images: dict[str, str | None] = field(default_factory=dict)
    references: list[tuple[str, str]] = field(default_factory=list)
    former: list[tuple[str, str]] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, other: "Reading") -> None:
        """Adds another reading. Where captions differ, the later file's wins."""
        self.opened += other.opened
        self.files += other.files
        self.documents += other.documents
        for image, caption in other.images.items():
            self.images[image] = caption or self.images.get(image)
        self.references += other.references
        self.former += other.former
        self.shifts += other.shifts
        self.problems += other.problems

    @property
    def rows(self) -> int:
        return len(self.files) + len(self.documents) + len(self.images) + len(self.references)


def read_image(folder: Folder, path: str, version: str) -> Reading:
    """Reads an image file. It becomes an image, whether a document shows it or not."""
    reading = Reading(opened=1)
    try:
        image = recorded_image(folder.place / path, folder.roots)
    except ImageError as error:
        reading.problems.append(str(error))
        return reading
    reading.files.append(Remembered(path, version, image=image))
    reading.images[image] = None
    return reading


def read_markdown(
    folder: Folder, path: str, version: str, before: Remembered | None, gone: Set[str]
) -> Reading:
    """Reads a Markdown file. Its sections become documents, its images references.

    before: what the file held when it was last loaded. gone: images whose files are gone; a
    reference to such an image stays as long as the image does.
    """
    reading = Reading(opened=1)
    file = folder.place / path
    before = before or Remembered(path, version)
    try:
        # Resolved again: between listing and opening, anything may have been put in its place.
        text = read_resolved(resolve(str(file.absolute()), folder.roots)).decode("utf-8-sig")
    except ImageError as error:
        reading.problems.append(str(error))
        return reading
    except OSError as error:
        reading.problems.append(f"{file}: cannot be read ({error.strerror})")
        return reading
    except UnicodeDecodeError:
        reading.problems.append(f"{file}: is not UTF-8; save it as UTF-8")
        reading.files.append(replace(before, version=version))
        return reading
    missing: list[str] = []
    counted: dict[str, str] = {}
    was_counted = is_counted(before) and before.version == version
    for section in read_sections(text, file.stem):
        document = _document_id(folder.name_of(path), section.anchor)
        former = _document_id(folder.name_of(path), section.former)
        if was_counted and former != document and former in before.documents:
            counted[document] = former
        reading.documents.append({"id": document, "title": section.title, "text": section.text})
        for link in section.links:
            try:
                image = find_image(folder, path, link.target)
            except DeadLink as dead:
                reading.problems.append(f"{file}:{link.line}: image {_shown(link)} {dead}")
                if dead.may_appear:
                    missing.append(link.target)
                continue
            reading.images[image] = link.caption or reading.images.get(image)
            reading.references.append((document, image))
    reading.references = list(dict.fromkeys(reading.references))
    documents = [row["id"] for row in reading.documents]
    leftover = sorted({*before.documents, *before.leftover} - {*documents})
    given = {
        row["id"]: text_hash(row["title"], row["text"])
        for row in reading.documents
        if row["id"] not in before.documents
    }
    reading.shifts.append(Shift(counted, leftover, given))
    reading.former = [
        (document, image)
        for document, image in zip(before.linking, before.linked, strict=True)
        if image not in gone
    ]
    reading.files.append(
        Remembered(
            path,
            version,
            documents,
            leftover,
            linking=[document for document, _ in reading.references],
            linked=[image for _, image in reading.references],
            missing=list(dict.fromkeys(missing)),
        )
    )
    return reading


def _document_id(file: str, anchor: str) -> str:
    identifier = f"{file}#{anchor}" if anchor else file
    if len(identifier) <= _LONGEST_ID:
        return identifier
    return f"{identifier[: _LONGEST_ID - 33]}-{named_key('section', identifier)}"


def _shown(link: Link) -> str:
    target = " ".join(unquote(link.target).split())
    return repr(target if len(target) <= 120 else f"{target[:117]}...")
