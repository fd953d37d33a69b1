"""What is known of the images in question: which are there, which look alike, their words."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.images.looks import Seen, is_near, looks_near
from kg_enrich.models import ImageId
from kg_enrich.text import words

READ_IMAGE_LOOKS = query("read_image_looks")
READ_IMAGE_TEXTS = query("read_image_texts")

_IDS = 5000


@dataclass(frozen=True, slots=True)
class Pictures:
    """seen: images that the graph holds exactly once, without their words. texts: those that were
    asked for; None where nobody has read the image."""

    seen: Mapping[ImageId, Seen]
    texts: Mapping[ImageId, str | None]

    def twins(
        self, right: Collection[ImageId], images: Iterable[ImageId]
    ) -> dict[ImageId, ImageId]:
        """The right image that an image is a near-duplicate of, for those that are one.

        Every image is compared with right ones alone, never with another near-duplicate.
        """
        firsts: list[Seen] = []
        twins: dict[ImageId, ImageId] = {}
        others = sorted({*images}.difference(right))
        for image in (*sorted(right), *others):
            seen = self._whole(image)
            first = next((first for first in firsts if is_near(first, seen)), None)
            if first is not None:
                twins[image] = first.image
            elif image in right:
                firsts.append(seen)
        return twins

    def _whole(self, image: ImageId) -> Seen:
        text = self.texts.get(image)
        read = None if text is None else frozenset(words(text))
        return replace(self.seen.get(image, Seen(image)), words=read)


def look_at(
    graph: Graph, questions: Iterable[tuple[Collection[ImageId], Collection[ImageId]]]
) -> Pictures:
    """The images of some documents. questions: of each its right images, and all in question.

    Texts are read of the right images and of what might be their near-duplicates, no others.
    """
    asked = [(right, {*right, *images}) for right, images in questions]
    seen = _seen(graph, {image for _, images in asked for image in images})
    wanted: set[ImageId] = set()
    for right, images in asked:
        wanted.update(right)
        for one in right:
            look = seen[one].look if one in seen else None
            wanted.update(i for i in images if i in seen and looks_near(look, seen[i].look))
    texts: dict[ImageId, str | None] = {}
    for ids in _portions(wanted & seen.keys()):
        for row in graph.read(READ_IMAGE_TEXTS, ids=ids):
            texts[ImageId(str(row["id"]))] = row["text"]
    return Pictures(seen, texts)


def _seen(graph: Graph, images: Iterable[ImageId]) -> dict[ImageId, Seen]:
    found: dict[ImageId, Seen] = {}
    copies: Counter[ImageId] = Counter()
    for ids in _portions(images):
        for row in graph.read(READ_IMAGE_LOOKS, ids=ids):
            image = ImageId(str(row["id"]))
            copies[image] += 1
            found[image] = Seen(image, row["hash"], row["look"] or None)
    return {image: seen for image, seen in found.items() if copies[image] == 1}


def _portions(images: Iterable[ImageId]) -> Iterable[list[str | int]]:
    ordered = sorted(images)
    for start in range(0, len(ordered), _IDS):
        yield [value for image in ordered[start : start + _IDS] for value in forms(image)]
