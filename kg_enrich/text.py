"""Words of documents and images, and how common each is: pure, shared by search and scorer.

A term is a case-folded word or number, a part of a camelCase word, a code with its joints
("err-42", "max_retries"), or two neighbouring Chinese, Japanese or Korean characters, Chinese ones
simplified. Texts are read as `plain_text.plain` leaves them.
"""

import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from hashlib import sha256

from kg_enrich.errors import ScorerError
from kg_enrich.plain_text import plain, simplified

MAX_TERMS = 200_000
# Runs whose rarity is remembered; longer ones seldom come twice.
_REMEMBERED = 50_000
_SHORT = 40

_CJK = (
    "\u3005\u3007\u3040-\u30ff\u3105-\u312f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\U00020000-\U0003134f"
)
_RUN = re.compile(f"[{_CJK}]+|[^\\W_{_CJK}]+(?:[-_.][^\\W_{_CJK}]+)*")
# The same of a text in ASCII, in half the time.
_ASCII_RUN = re.compile(r"[a-zA-Z0-9]+(?:[-_.][a-zA-Z0-9]+)*")
_IS_CJK = re.compile(f"[{_CJK}]")
_LETTER = re.compile(r"[^\W_]+")
_JOINT = re.compile(r"[-_.]")
_HUMP = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Words that say nothing about what a text is about; others sink by their own frequency.
_STOP_WORD_LINES = """
a an and are as at be but by can do for from has have how if in into is it its may no not of on or
so than that the their then there these they this to was we when which will with you your
"""
_STOP_WORDS = frozenset(_STOP_WORD_LINES.split())


def is_cjk(term: str) -> bool:
    """Whether the term is written in Chinese, Japanese or Korean characters."""
    return _IS_CJK.match(term) is not None


def words(text: str) -> list[str]:
    """The words of a text in order, case-folded; for CJK, every two neighbouring characters."""
    found: list[str] = []
    for run in _runs(text):
        found += (
            _pairs(simplified(run))
            if is_cjk(run)
            else [word.casefold() for word in _JOINT.split(run)]
        )
    return found


def written_terms(text: str) -> Iterator[tuple[str, str]]:
    """The terms of a text in order, each with how the text writes it: ("plc", "PLC")."""
    for run in _runs(text):
        yield from _written(run)


def terms(text: str) -> list[str]:
    """The terms of a text in order, repeated as often as they occur."""
    return [term for term, _ in written_terms(text)]


def cjk_runs(text: str) -> list[str]:
    """The stretches of Chinese, Japanese or Korean characters in a text, as it writes them."""
    return [run for run in _runs(text) if is_cjk(run)]


def squeezed(text: str) -> str:
    """The text's letters and digits alone, folded: what is left when spaces are lost."""
    return simplified("".join(_LETTER.findall(plain(text)))).casefold()


def is_stop_word(term: str) -> bool:
    """Whether the term is a common English function word or a single letter or digit."""
    return term in _STOP_WORDS or (len(term) == 1 and not is_cjk(term))


@dataclass(frozen=True)
class CorpusStatistics:
    """In how many of a corpus' texts each term occurs.

    documents: number of texts. document_frequency: at most MAX_TERMS terms, the commonest; a
    term left out counts as one never seen. version: hash of both.
    """

    documents: int
    document_frequency: Mapping[str, int]
    version: str

    @classmethod
    def from_texts(cls, texts: Iterable[str], max_terms: int = MAX_TERMS) -> "CorpusStatistics":
        """Count a stream of texts; memory stays within twice `max_terms`."""
        documents = 0
        frequency: Counter[str] = Counter()
        for text in texts:
            documents += 1
            frequency.update(set(terms(text)))
            if len(frequency) > 2 * max_terms:
                frequency = _commonest(frequency, max_terms)
        return cls.of(documents, _commonest(frequency, max_terms))

    @classmethod
    def from_bytes(cls, data: bytes) -> "CorpusStatistics":
        """What `to_bytes` wrote. Errors: ScorerError when the bytes are damaged."""
        try:
            stored = json.loads(zlib.decompress(data))
            frequency = {str(term): int(count) for term, count in stored["terms"].items()}
            return cls.of(int(stored["documents"]), frequency)
        except (zlib.error, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ScorerError(
                "the stored word statistics are damaged: run kg-enrich refresh-corpus"
            ) from error

    @classmethod
    def of(cls, documents: int, frequency: Mapping[str, int]) -> "CorpusStatistics":
        """Statistics from counts that were taken before."""
        # In a fixed order, so that sums over the terms have the same bits in every process.
        ordered = dict(sorted(frequency.items()))
        return cls(documents, ordered, sha256(_canonical(documents, ordered)).hexdigest()[:16])

    def to_bytes(self) -> bytes:
        """Compressed JSON; the same statistics give the same bytes."""
        return zlib.compress(_canonical(self.documents, self.document_frequency), 9)

    @cached_property
    def rarities(self) -> "_Rarities":
        return _Rarities(self.document_frequency)

    def __getstate__(self) -> dict[str, object]:
        """What is remembered besides stays where it is."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def merged(self, other: "CorpusStatistics") -> "CorpusStatistics":
        """Statistics of both corpora together."""
        frequency = Counter(self.document_frequency)
        frequency.update(other.document_frequency)
        return self.of(self.documents + other.documents, frequency)

    def idf(self, term: str) -> float:
        """ln((1 + documents) / (1 + document frequency)) + 1, as scikit-learn smooths it."""
        seen = min(self.document_frequency.get(term, 0), self.documents)
        return math.log((1 + self.documents) / (1 + seen)) + 1.0


def rarest_terms(text: str, statistics: CorpusStatistics | None, limit: int) -> list[str]:
    """At most `limit` distinct terms, those in the fewest texts first, for a full-text query.

    Stop-words and single letters and digits are left out. Among equally rare terms, the more
    frequent in this text come first, then the earlier; without statistics all are equally rare.
    """
    rarities = statistics.rarities if statistics else _Rarities({})
    # A night with nothing to do asks for the terms of every document: what is looked at in Python
    # are only the runs that may hold one of the rarest.
    runs = Counter(_runs(text))
    lowest = [*map(rarities.__getitem__, runs)]
    ordered = sorted(lowest)
    looked_at = limit
    while True:
        highest = ordered[looked_at - 1] if looked_at < len(ordered) else math.inf
        ranks: dict[str, float] = {}
        for low, run in zip(lowest, runs, strict=True):
            if low > highest:
                continue
            if run in rarities and run not in rarities.others:
                ranks[run] = ranks.get(run, low * _MOST) - runs[run]
                continue
            for term, seen in rarities.terms_of(run):
                if seen <= highest:
                    ranks[term] = ranks.get(term, seen * _MOST) - runs[run]
        if highest == math.inf or len(ranks) >= limit:
            # Sorting keeps the order of first appearance among equals.
            return sorted(ranks, key=ranks.__getitem__)[:limit]
        looked_at *= 2


# More than a text has terms, so that how often one occurs in it only decides between equally rare.
_MOST = 2**32


class _Rarities(dict[str, float]):
    """The lowest frequency of a run's terms, by run: texts share most of their words.

    others: the terms of those runs that are not their own only term. Of most runs nothing else is
    kept, because what lies scattered in memory is slow to come by.
    """

    def __init__(self, frequency: Mapping[str, int]) -> None:
        super().__init__()
        self._frequency = frequency
        self.others: dict[str, tuple[tuple[str, int], ...]] = {}

    def __missing__(self, run: str) -> float:
        terms = self.terms_of(run)
        lowest = min((seen for _, seen in terms), default=math.inf)
        if len(self) < _REMEMBERED and len(run) <= _SHORT:
            # Before the run itself: another thread may look between the two.
            if [term for term, _ in terms] != [run]:
                self.others[run] = terms
            self[run] = lowest
        return lowest

    def terms_of(self, run: str) -> tuple[tuple[str, int], ...]:
        """Its terms that are worth asking for, with their frequencies."""
        known = self.others.get(run)
        if known is not None:
            return known
        return tuple((term, self._frequency.get(term, 0)) for term in _sought(run))


def _written(run: str) -> Iterator[tuple[str, str]]:
    if is_cjk(run):
        yield from zip(_pairs(simplified(run)), _pairs(run), strict=True)
        return
    parts = _JOINT.split(run)
    if len(parts) > 1 and ("_" in run or any(letter.isdigit() for letter in run)):
        yield run.casefold(), run
    for word in parts:
        yield word.casefold(), word
        humps = _HUMP.findall(word) if word.isascii() else []
        if len(humps) > 1:
            yield from ((hump.casefold(), hump) for hump in humps if len(hump) > 1)


def _sought(run: str) -> Iterator[str]:
    """The terms of a run that are worth asking for, repeated as often as they occur."""
    for term, _ in _written(run):
        if term not in _STOP_WORDS and (len(term) > 1 or is_cjk(term)):
            yield term


def _runs(text: str) -> list[str]:
    seen = plain(text)
    return (_ASCII_RUN if seen.isascii() else _RUN).findall(seen)


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def _commonest(frequency: Mapping[str, int], limit: int) -> "Counter[str]":
    if len(frequency) <= limit:
        return Counter(frequency)
    return Counter(dict(sorted(frequency.items(), key=lambda item: (-item[1], item[0]))[:limit]))


def _canonical(documents: int, frequency: Mapping[str, int]) -> bytes:
    stored = {"documents": documents, "terms": frequency}
    return json.dumps(stored, ensure_ascii=False, separators=(",", ":")).encode()
