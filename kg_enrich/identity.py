"""Keys, job ids, versions and fingerprints: pure functions of their arguments.

Every hash is over type-tagged, length-prefixed parts, so that no two different lists of parts
can be written as the same bytes.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

from kg_enrich.models import DocumentId, ImageId

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})")
# What Neo4j calls an integer.
INT64 = range(-(2**63), 2**63)


def _digest(kind: str, parts: Iterable[str]) -> "hashlib._Hash":
    # In one call, which is quicker than one a part.
    return hashlib.sha256(b"".join([kind.encode(), *map(_tagged, parts)]))


def _tagged(part: str) -> bytes:
    data = part.encode()
    return b"s%d:%b" % (len(data), data)


def forms(identifier: str) -> list[str | int]:
    """The values under which an id kept as text may stand in the graph: '42' is '42' or 42."""
    if _INTEGER.fullmatch(identifier) and int(identifier) in INT64:
        return [identifier, int(identifier)]
    return [identifier]


# A batch asks for the key of every edge several times.
@lru_cache(maxsize=16_384)
def evidence_key(document: DocumentId, image: ImageId, source: str) -> str:
    """Key of a HAS_EVIDENCE edge: 32 hexadecimal digits."""
    return _digest("evidence", (document, image, source)).hexdigest()[:32]


def ledger_key(document: DocumentId, source: str) -> str:
    """Key of an EvidenceLedger node: 32 hexadecimal digits."""
    return _digest("ledger", (document, source)).hexdigest()[:32]


def named_key(kind: str, *parts: str) -> str:
    """Key of any other node of ours that is merged: 32 hexadecimal digits."""
    return _digest(kind, parts).hexdigest()[:32]


def text_version(title: str, text: str) -> str:
    """Version of a document whose graph names no version property."""
    return _digest("text", (title, text)).hexdigest()[:32]


def text_hash(title: str, text: str) -> str:
    """Hash of what a person reads: spacing and Unicode forms of one look are the same."""
    folded = (" ".join(unicodedata.normalize("NFKC", part).split()) for part in (title, text))
    return _digest("content", folded).hexdigest()[:32]


def shard_number(document: str, of: int) -> int:
    """Which of so many shards a document belongs to, from 0: by its id up to '#'.

    The sections of a file stay together. Nothing is stored, so that `of` may change at any time.
    """
    together = document.partition("#")[0] or document
    return int.from_bytes(_digest("shard", (together,)).digest()[:8], "big") % of


def pair_fingerprint(scorer: str, document_version: str, image_version: str) -> int:
    """63-bit hash of everything that a pair's score depends on (a Neo4j integer is signed)."""
    return pair_fingerprints(scorer, document_version)(image_version)


def pair_fingerprints(scorer: str, document_version: str) -> Callable[[str], int]:
    """`pair_fingerprint` by the image's version: what its pairs share is hashed once."""
    begun = _digest("pair", (scorer, document_version))

    def of(image_version: str) -> int:
        whole = begun.copy()
        whole.update(_tagged(image_version))
        return _positive(whole)

    return of


def reason_version(model: str, form: str) -> int:
    """63-bit hash of all that a reason depends on beside its pair: the model and what it is
    asked. Never 0, which means none."""
    return _positive(_digest("reason", (model, form))) or 1


def _positive(hashed: "hashlib._Hash") -> int:
    """The first 63 bits."""
    return int.from_bytes(hashed.digest()[:8], "big") >> 1
