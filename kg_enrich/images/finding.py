"""Finds the files of pictures that a caller names."""

from collections.abc import Sequence
from pathlib import Path

from kg_enrich.errors import ImageError
from kg_enrich.identity import named_key
from kg_enrich.images.catalogue import Catalogue, Listed
from kg_enrich.images.decoding import resolve
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.images.named import Looked, Named
from kg_enrich.models import Image, ImageId


def look_up(
    named: Sequence[Named], catalogue: Catalogue, roots: Sequence[Path], hashes: ImageHashes
) -> list[Looked]:
    """Every picture, in order. Pictures of the same bytes and caption are one image."""
    listed = catalogue.look_up({ImageId(one.id) for one in named if one.id is not None})
    return [_look(one, listed, roots, hashes) for one in named]


def _look(
    one: Named, listed: dict[ImageId, Listed], roots: Sequence[Path], hashes: ImageHashes
) -> Looked:
    if one.trouble:
        return Looked(one, None, one.trouble)
    if one.id is not None:
        found = listed.get(ImageId(one.id))
        if found is None:
            return Looked(one, None, "there is no image with this id")
        if found.image is None:
            return Looked(one, None, found.problem)
        image = found.image
        content = found.content or ""
        return Looked(one, _image(image.file, content, image.caption, image.is_named))
    file = one.file
    try:
        file = file or resolve(one.path or "", roots)
        # What is sent is there for a moment; remembering it would fill the memory.
        content = (ImageHashes() if one.file else hashes).of(file)
    except ImageError as error:
        reason = str(error)
        return Looked(one, None, reason if file is None else reason.replace(str(file), one.name))
    return Looked(one, _image(file, content, one.caption))


def _image(file: Path, content: str, caption: str, is_named: bool = False) -> Image:
    key = ImageId(named_key("picture", content, caption))
    return Image(key, file, content, caption, content, is_named)
