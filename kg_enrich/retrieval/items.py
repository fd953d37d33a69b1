"""A row of the retrieval query as an item of neo4j-graphrag: text for a model, data for a page."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from neo4j_graphrag.types import RetrieverResultItem

if TYPE_CHECKING:
    import neo4j

# An image, as a map of id, path and the rest, to the address under which a reader may see it.
ImageUrl = Callable[[Mapping[str, Any]], str]


def to_item(record: "neo4j.Record", image_url: ImageUrl | None = None) -> RetrieverResultItem:
    """The chunk's text, then a line for each image; everything by name in the metadata."""
    row = dict(record)
    images = [dict(image) for image in row["images"]]
    if image_url is not None:
        images = [{**image, "url": image_url(image)} for image in images]
    parts = [str(row["text"] or "")]
    if images:
        parts += ["", "Images that are evidence for this text:", *map(_line, images)]
    return RetrieverResultItem(content="\n".join(parts), metadata={**row, "images": images})


def _line(image: Mapping[str, Any]) -> str:
    place = image.get("url") or image["path"] or "no path"
    said = ", accepted by a person" if image["reviewed"] else ""
    reason = f": {image['reason']}" if image["reason"] else ""
    return f"- {image['id']} ({place}), confidence {image['confidence']:.2f}{said}{reason}"
