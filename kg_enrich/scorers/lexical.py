"""How a document's words and an image's words agree, as a few numbers: pure.

A profile holds what depends on one side alone, so that it is computed once for all its pairs.
"""

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg_enrich.text import (
    CorpusStatistics,
    cjk_runs,
    is_cjk,
    is_stop_word,
    squeezed,
    terms,
    words,
    written_terms,
)

# Raise it whenever the same texts may give other numbers: it is part of the fingerprint.
REVISION = 3

FEATURES = ("words", "trigrams", "fourgrams", "matches", "rarest", "lines", "title", "lacks")

# BM25's usual k1: how fast a word's repetitions stop counting.
_SATURATION = 1.2
_TITLE_SEPARATOR = " / "
# Every text counts as if it had so many more words of the rarest kind: without them, a picture
# with one word on it is as good as certain to belong to a short document with that word.
_UNREAD_WORDS, _GRAMS_A_WORD = 4, 4
# A line that a picture repeats so often is a watermark, a pattern or a column of one value.
_TILED = 5
# A heading counts in full where words beyond it match whose rarities sum up to so much, and in
# proportion below: a heading alone is quickly painted, and siblings share theirs.
_SUPPORT = 2.0
# In how many texts of the corpus a word must be, to be one that the document could have had.
_KNOWN = 2


@dataclass(frozen=True, slots=True)
class Vector:
    """A sparse vector of length below one. ids: sorted hashes, uint32 (n,). weights: float64."""

    ids: NDArray[np.uint32]
    weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DocumentProfile:
    """A document's side. is_cjk: most of its terms are.

    squeezed, heading: its letters and digits, and its title's, without spaces.
    """

    terms: frozenset[str]
    is_cjk: bool
    title_terms: frozenset[str]
    squeezed: str
    heading: str
    words: Vector
    trigrams: Vector
    fourgrams: Vector


@dataclass(frozen=True, slots=True)
class ImageProfile:
    """An image's side. written: its distinct terms, each as the image writes it.

    told: those that are not only in tiled lines. known: the rarity of those of them that the
    corpus knows. cjk_runs: its distinct stretches of CJK characters. lines: squeezed lines of at
    least two words, with their number of words.
    """

    written: Mapping[str, str]
    told: frozenset[str]
    known: Mapping[str, float]
    cjk_runs: Sequence[str]
    lines: Mapping[str, int]
    words: Vector
    trigrams: Vector
    fourgrams: Vector


class Lexicon:
    """Weights of words and character n-grams, derived from a corpus' word statistics."""

    def __init__(self, statistics: CorpusStatistics) -> None:
        self._statistics = statistics
        self._most = math.log(1 + statistics.documents)
        # The statistics hold words only. A gram's document frequency is estimated from theirs as
        # if words fell into documents independently: sums of ln(1 - p) over the words with it.
        self._absent: dict[str, float] = {}
        for term, frequency in statistics.document_frequency.items():
            share = min(frequency, statistics.documents) / (1 + statistics.documents)
            for gram in {*_grams(term, 3), *_grams(term, 4)}:
                self._absent[gram] = self._absent.get(gram, 0.0) + math.log1p(-share)

    def rarity(self, term: str) -> float:
        """0 for a term in every document, 1 for one in none; the corpus' size cancels out."""
        return (self._statistics.idf(term) - 1.0) / self._most if self._most else 1.0

    def document(self, title: str, text: str) -> DocumentProfile:
        whole = f"{title}\n{text}"
        found = terms(whole)
        plain = words(whole)
        heading = title.rsplit(_TITLE_SEPARATOR, 1)[-1]
        return DocumentProfile(
            terms=frozenset(found),
            is_cjk=2 * sum(map(is_cjk, found)) > len(found),
            title_terms=frozenset(terms(heading)),
            squeezed=squeezed(whole),
            heading=squeezed(heading),
            words=self._words(found),
            trigrams=self._ngrams(plain, 3),
            fourgrams=self._ngrams(plain, 4),
        )

    def image(self, lines: Sequence[str]) -> ImageProfile:
        times = Counter(map(squeezed, lines))
        written: dict[str, str] = {}
        told: dict[str, None] = {}
        found: list[str] = []
        plain: list[str] = []
        long_lines: dict[str, int] = {}
        for line in lines:
            letters = squeezed(line)
            tiled = times[letters] >= _TILED
            pairs = list(written_terms(line))
            for term, surface in pairs:
                written.setdefault(term, surface)
            if tiled:
                continue
            told.update(dict.fromkeys(term for term, _ in pairs))
            found += [term for term, _ in pairs]
            line_words = words(line)
            plain += line_words
            if len(line_words) >= 2 and len(letters) >= 4:
                long_lines[letters] = len(line_words)
        return ImageProfile(
            written=written,
            told=frozenset(told),
            known={term: self.rarity(term) for term in told if self._is_known(term)},
            cjk_runs=tuple(dict.fromkeys(cjk_runs("\n".join(lines)))),
            lines=long_lines,
            words=self._words(found),
            trigrams=self._ngrams(plain, 3),
            fourgrams=self._ngrams(plain, 4),
        )

    def _is_known(self, term: str) -> bool:
        seen = self._statistics.document_frequency.get(term, 0)
        return seen >= _KNOWN and not is_stop_word(term)

    def _words(self, found: Iterable[str]) -> Vector:
        return _vector(
            {
                term: self._statistics.idf(term) * count / (count + _SATURATION)
                for term, count in Counter(found).items()
            },
            _UNREAD_WORDS * (self._most + 1) ** 2,
        )

    def _ngrams(self, plain: Iterable[str], size: int) -> Vector:
        counts: Counter[str] = Counter()
        for word in plain:
            counts.update(_grams(word, size))
        documents = self._statistics.documents
        weights = {}
        for gram, count in counts.items():
            frequency = -math.expm1(self._absent.get(gram, 0.0)) * documents
            weights[gram] = (math.log((1 + documents) / (1 + frequency)) + 1) * math.log1p(count)
        return _vector(weights, _UNREAD_WORDS * _GRAMS_A_WORD * (self._most + 1) ** 2)


def features(document: DocumentProfile, image: ImageProfile, lexicon: Lexicon) -> list[float]:
    """The numbers named in FEATURES, in that order.

    words, trigrams, fourgrams: cosines in [0, 1). matches: ln(1 + distinct terms in common).
    rarest: rarity of the rarest of them. lines: ln(1 + words in lines found verbatim, but for the
    heading). title: share, by rarity, of the heading's terms in the image, as far as others
    support it. lacks: share, by rarity, of the image's known terms that the document lacks, of
    those in its script; it tells siblings apart.
    """
    common = document.terms & image.told
    verbatim = sum(
        count
        for line, count in image.lines.items()
        if line in document.squeezed and not _is_heading(line, document.heading)
    )
    # Sets come in another order in every process; fsum gives the same bits in any order.
    title = math.fsum(map(lexicon.rarity, document.title_terms))
    in_title = math.fsum(map(lexicon.rarity, document.title_terms & image.told))
    beyond = math.fsum(map(lexicon.rarity, common - document.title_terms))
    known = math.fsum(image.known.values())
    lacking = math.fsum(
        image.known[term]
        for term in image.known.keys() - document.terms
        if is_cjk(term) == document.is_cjk
    )
    return [
        _cosine(document.words, image.words),
        _cosine(document.trigrams, image.trigrams),
        _cosine(document.fourgrams, image.fourgrams),
        math.log1p(len(common)),
        max(map(lexicon.rarity, common), default=0.0),
        math.log1p(verbatim),
        in_title / title * min(1.0, beyond / _SUPPORT) if title else 0.0,
        lacking / (known + 1.0),
    ]


def _is_heading(line: str, heading: str) -> bool:
    """Whether a squeezed line is a part of the heading, or the heading with a little more."""
    return line in heading or (2 * len(heading) > len(line) and heading in line)


def matching_words(
    document: DocumentProfile, image: ImageProfile, lexicon: Lexicon, limit: int
) -> list[str]:
    """The rarest words in common, as the image writes them; CJK as whole phrases."""
    found = {
        phrase: max(map(lexicon.rarity, terms(phrase)))
        for run in image.cjk_runs
        for phrase in _shared_phrases(run, document)
    }
    for term, surface in image.written.items():
        if term in document.terms and not is_cjk(term) and not is_stop_word(term):
            found[surface] = lexicon.rarity(term)
    best = sorted(found, key=lambda word: -found[word])[: 8 * limit]
    return [word for word in best if not _part_of_another(word, best)][:limit]


def _shared_phrases(run: str, document: DocumentProfile) -> Iterator[str]:
    """The longest stretches of the run, of two characters or more, that the document has."""
    folded = squeezed(run)
    start = 0
    while start + 2 <= len(run):
        end = start + 1
        while end < len(run) and folded[start : end + 1] in document.squeezed:
            end += 1
        if end - start >= 2:
            yield run[start:end]
        start = end


def _part_of_another(word: str, others: Iterable[str]) -> bool:
    return any(word != other and word.casefold() in other.casefold() for other in others)


def _grams(term: str, size: int) -> list[str]:
    if is_cjk(term):
        return [term, *term]
    padded = f" {term} "
    return [padded[i : i + size] for i in range(len(padded) - size + 1)]


def _vector(weights: Mapping[str, float], unread: float) -> Vector:
    ids = np.fromiter((zlib.crc32(key.encode()) for key in weights), np.uint32, len(weights))
    values = np.fromiter(weights.values(), np.float64, len(weights))
    order = np.argsort(ids, kind="stable")
    return Vector(ids[order], values[order] / math.sqrt(float(values @ values) + unread))


def _cosine(one: Vector, other: Vector) -> float:
    if not len(one.ids) or not len(other.ids):
        return 0.0
    places = np.minimum(np.searchsorted(one.ids, other.ids), len(one.ids) - 1)
    same = one.ids[places] == other.ids
    return float(one.weights[places[same]] @ other.weights[same])
