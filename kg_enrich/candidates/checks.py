"""Before anything is asked: are the candidate sources there, and do they leave the graph alone?"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from kg_enrich.candidates.finders import CandidateOptions
from kg_enrich.errors import GraphError, SettingsError
from kg_enrich.graph import schema
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import Query, query

COUNT_IMAGES = query("count_images")
COUNT_IMAGES_TO_READ = query("count_images_to_read")
READ_IMAGE_TEXT_EXISTS = query("read_image_text_exists")

_COLUMNS = {"document", "image"}


def open_candidates(
    graph: Graph,
    sources: Sequence[str],
    fulltext_limit: int,
    vector_limit: int,
    vector_index: str | None,
    candidate_limit: int,
    say: Callable[[str], None],
) -> CandidateOptions:
    """The options for these sources, once each of them is known to work.

    sources: names, or paths of Cypher files. vector_index: None where nobody named one.
    candidate_limit: images of a document, and so of the graph where all of them are asked for.
    Errors: SettingsError, GraphError, one line that names the source.
    """
    own = {name: _own_query(name) for name in sources if name.endswith(".cypher")}
    options = CandidateOptions(
        tuple(sources), fulltext_limit, "", vector_limit, vector_index or "", own
    )
    for name, own_query in own.items():
        _require_harmless(graph, name, own_query)
    if "vector" in sources:
        schema.require_vector_index(graph, vector_index)
    if "all" in sources:
        _require_few_images(graph, candidate_limit)
    if "fulltext" not in sources:
        return options
    if not graph.read(READ_IMAGE_TEXT_EXISTS):
        say(
            "No image has a caption or text yet, so full-text finds no candidates: run "
            "`kg-enrich read-images` first."
        )
    elif unread := graph.read(COUNT_IMAGES_TO_READ)[0]["images"]:
        say(
            f"{unread} images have no caption and were never read, so full-text never finds them: "
            "run `kg-enrich read-images`."
        )
    return replace(options, fulltext_index=schema.fulltext_index(graph))


def _own_query(file: str) -> Query:
    try:
        text = Path(file).expanduser().read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"KG_ENRICH_CANDIDATES: {file} cannot be read: {error}.") from None
    return Query(Path(file).stem, text, foreign=True)


def _require_harmless(graph: Graph, file: str, own: Query) -> None:
    """Errors: SettingsError for bad Cypher, and when it writes or lacks a column."""
    try:
        found = graph.explain(own.template, documents=[])
    except GraphError as error:
        raise SettingsError(f"KG_ENRICH_CANDIDATES: {file}: {error}") from error
    if found.kind != "r":
        raise SettingsError(
            f"KG_ENRICH_CANDIDATES: {file} does more than read: candidates may change nothing, "
            "so leave out all that writes, administers or changes the schema."
        )
    if missing := _COLUMNS - set(found.columns):
        raise SettingsError(
            f"KG_ENRICH_CANDIDATES: {file} does not return {' and '.join(sorted(missing))}: end it "
            "with RETURN ... AS document, ... AS image."
        )


def _require_few_images(graph: Graph, limit: int) -> None:
    images = graph.read(COUNT_IMAGES)[0]["images"]
    if images > limit:
        raise SettingsError(
            f"KG_ENRICH_CANDIDATES: all is for small graphs, and there are {images} images where "
            f"{limit} are allowed: raise KG_ENRICH_CANDIDATE_LIMIT or choose another source."
        )
