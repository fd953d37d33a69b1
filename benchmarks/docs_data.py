"""Reads a folder of documents, images and references (the layout that `kg-enrich load` takes)."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_enrich.images.file_names import name_words
from kg_enrich.models import Document, DocumentId, Image, ImageId
from kg_enrich.text import is_cjk


@dataclass(frozen=True)
class Dataset:
    """referenced: bool (documents, images). repositories: one name for each document.

    file_names: each image's name in its repository as words; '' where it says nothing.
    """

    name: str
    documents: list[Document]
    images: list[Image]
    referenced: NDArray[np.bool_]
    repositories: list[str]
    file_names: list[str]

    def languages(self) -> list[str]:
        return [
            "zh" if sum(map(is_cjk, d.text)) > len(d.text) / 10 else "en" for d in self.documents
        ]


def load(folder: Path) -> Dataset:
    """The whole folder; a document belongs to the repository of the images it references.

    Images are known by their contents, so that what was read of them holds for a copy.
    """
    documents = [
        Document(DocumentId(row["id"]), row["title"], row["text"], "")
        for row in _rows(folder / "documents.jsonl")
    ]
    image_rows = list(_rows(folder / "images.jsonl"))
    images = []
    for row in image_rows:
        file = folder / row["path"]
        content = sha256(file.read_bytes()).hexdigest()
        images.append(Image(ImageId(row["id"]), file, content, row["alt_text"], content))
    place = {str(document.id): at for at, document in enumerate(documents)}
    image_place = {str(image.id): at for at, image in enumerate(images)}
    referenced = np.zeros((len(documents), len(images)), bool)
    for row in _rows(folder / "references.jsonl"):
        referenced[place[row["document_id"]], image_place[row["image_id"]]] = True
    repositories = []
    for own in referenced:
        names = Counter(image_rows[at].get("source_repo", "") for at in np.flatnonzero(own))
        repositories.append(names.most_common(1)[0][0] if names else "")
    file_names = [name_words(row.get("source_path", "")) for row in image_rows]
    return Dataset(folder.name, documents, images, referenced, repositories, file_names)


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
