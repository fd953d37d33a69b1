"""Reads a folder of documents, images and references (the layout that `kg-enrich load` takes)."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_enrich.images.decoding import file_version
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.models import Document, DocumentId, Image, ImageId
from kg_enrich.text import is_cjk


@dataclass(frozen=True)
class Dataset:
    """referenced: bool (documents, images). repositories: one name for each document."""

    name: str
    documents: list[Document]
    images: list[Image]
    referenced: NDArray[np.bool_]
    repositories: list[str]

    def languages(self) -> list[str]:
        return [
            "zh" if sum(map(is_cjk, d.text)) > len(d.text) / 10 else "en" for d in self.documents
        ]


def load(folder: Path) -> Dataset:
    """The whole folder; a document belongs to the repository of the images it references."""
    documents = [
        Document(DocumentId(row["id"]), row["title"], row["text"], "")
        for row in _rows(folder / "documents.jsonl")
    ]
    image_rows = list(_rows(folder / "images.jsonl"))
    images = []
    # With their contents' hashes, so that what a run read is not read again.
    hashes = ImageHashes()
    for row in image_rows:
        file = folder / row["path"]
        images.append(
            Image(
                ImageId(row["id"]),
                file,
                file_version(file),
                row["alt_text"],
                content=hashes.of(file),
            )
        )
    place = {str(document.id): at for at, document in enumerate(documents)}
    image_place = {str(image.id): at for at, image in enumerate(images)}
    referenced = np.zeros((len(documents), len(images)), bool)
    for row in _rows(folder / "references.jsonl"):
        referenced[place[row["document_id"]], image_place[row["image_id"]]] = True
    repositories = []
    for own in referenced:
        names = Counter(image_rows[at]["source_repo"] for at in np.flatnonzero(own))
        repositories.append(names.most_common(1)[0][0])
    return Dataset(folder.name, documents, images, referenced, repositories)


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
