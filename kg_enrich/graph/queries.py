"""Named Cypher from `cypher/`, with the user's names.

A query file is valid Cypher with the default names. A name that the user may change is
back-quoted. The variable before a property says what it belongs to: `d` is a document, `i` an
image, `p` a container (their parent), `c` a chunk of a document. `render` replaces exactly these
places, in one pass. Everything else is a parameter.
"""

import re
from dataclasses import dataclass
from functools import cache

from kg_enrich.names import Names, refuse_unusable
from kg_enrich.resources import CYPHER


@dataclass(frozen=True, slots=True)
class Query:
    """A query as its file holds it. `name` is the file's stem, for logs and errors.

    foreign: the user wrote the query with the names of their graph, so no name is replaced.
    """

    name: str
    template: str
    foreign: bool = False


def query(name: str) -> Query:
    """The query in `cypher/<name>.cypher`. An unknown name fails when its module is imported."""
    return Query(name, (CYPHER / f"{name}.cypher").read_text(encoding="utf-8"))


def quote(name: str) -> str:
    """A name in Cypher's quotes. Errors: SettingsError for a name that cannot be quoted."""
    refuse_unusable("a name", name)
    return "`" + name.replace("`", "``") + "`"


def _property(variable: str, name: str | None) -> str:
    return f"{variable}.{quote(name)}" if name is not None else "null"


def _places(names: Names) -> dict[str, str]:
    return {
        "`Document` {`id`": f"{quote(names.document_label)} {{{quote(names.document_key)}",
        "`Image` {`id`": f"{quote(names.image_label)} {{{quote(names.image_key)}",
        "`Document`": quote(names.document_label),
        "`Image`": quote(names.image_label),
        "`HAS_EVIDENCE`": quote(names.evidence_type),
        "`REFERENCES`": quote(names.reference_type),
        "`Container`": quote(names.container_label),
        "`CONTAINS`": "|".join(quote(name) for name in names.container_type),
        "`Chunk`": quote(names.chunk_label or "Chunk"),
        "`FROM_DOCUMENT`": quote(names.chunk_type),
        "d.`id`": _property("d", names.document_key),
        "d.`title`": _property("d", names.document_title),
        "d.`text`": _property("d", names.document_text),
        "d.`version`": _property("d", names.document_version),
        "d.`embedding`": _property("d", names.document_embedding),
        "i.`id`": _property("i", names.image_key),
        "i.`path`": _property("i", names.image_path),
        "i.`caption`": _property("i", names.image_caption),
        "i.`version`": _property("i", names.image_version),
        "p.`id`": _property("p", names.container_key),
        "c.`text`": _property("c", names.chunk_text),
        "c.`index`": _property("c", names.chunk_order),
    }


# The longest come first, so that "`Document` {`id`" matches before "`Document`".
_PLACE = re.compile(
    "|".join(rf"(?<!\w){re.escape(place)}" for place in sorted(_places(Names()), key=len)[::-1])
)


@cache
def render(query: Query, names: Names) -> str:
    """The Cypher to send, with `names` in the back-quoted places."""
    if query.foreign:
        return query.template
    places = _places(names)
    return _PLACE.sub(lambda match: places[match.group()], query.template)
