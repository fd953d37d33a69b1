"""Whether images have captions that a scorer leaves out: people should know of the choice."""

from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query

SAMPLE_IMAGE_CAPTIONS = query("sample_image_captions")

_SAMPLE = 1000


def captions_left_out(graph: Graph) -> str:
    """How many images have a caption, and which setting lets them count; '' where none has one.

    It looks at a thousand images at most.
    """
    found = graph.read(SAMPLE_IMAGE_CAPTIONS, limit=_SAMPLE)[0]
    if not found["captioned"]:
        return ""
    of = f"{found['captioned']} of {found['images']}"
    looked_at = " that were looked at" if found["images"] == _SAMPLE else ""
    return (
        f"{of} images{looked_at} have captions, which do not count: KG_ENRICH_USE_CAPTION=true "
        "weighs them, where they can be trusted."
    )
