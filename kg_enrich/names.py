"""What the user's graph calls its labels, relationship types and properties."""

from dataclasses import dataclass, fields

from kg_enrich.errors import SettingsError

# Where `read-images` keeps the text in an image.
OCR_TEXT = "ocrText"


@dataclass(frozen=True, slots=True)
class Names:
    """What the user's graph calls its labels, relationship types and properties.

    A version property that is None does not exist: the text's hash, or the file's size and
    modification time, stands for it. chunk_label: of nodes that hold a document's text in parts;
    None: there are none. container_type: of the edges from a container to documents and images,
    and chunk_type of those between a document and its chunks, in either direction.
    """

    document_label: str = "Document"
    document_key: str = "id"
    document_title: str = "title"
    document_text: str = "text"
    document_version: str | None = None
    document_embedding: str = "embedding"
    image_label: str = "Image"
    image_key: str = "id"
    image_path: str = "path"
    image_caption: str = "caption"
    image_version: str | None = None
    evidence_type: str = "HAS_EVIDENCE"
    reference_type: str = "REFERENCES"
    container_label: str = "Container"
    container_key: str = "id"
    container_type: tuple[str, ...] = ("CONTAINS",)
    chunk_label: str | None = None
    chunk_type: str = "FROM_DOCUMENT"
    chunk_text: str = "text"
    chunk_order: str = "index"

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            for name in value if isinstance(value, tuple) else (value,):
                if name is not None:
                    refuse_unusable(f"KG_ENRICH_{field.name.upper()}", name)
        if self.image_caption == OCR_TEXT:
            raise SettingsError(
                f"KG_ENRICH_IMAGE_CAPTION cannot be {OCR_TEXT}: OCR text goes there."
            )


def refuse_unusable(what: str, name: str) -> None:
    """Errors: SettingsError for a name that no quotes can hold. what: whose name it is."""
    # Cypher reads \u0060 as a back-quote before it looks for the end of a quoted name.
    if not name or len(name) > 200 or "\x00" in name or "\\u" in name:
        raise SettingsError(
            f"{what} cannot be {name!r}: give 1 to 200 characters, no NUL and no \\u escape."
        )
