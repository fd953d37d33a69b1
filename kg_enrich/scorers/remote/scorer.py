"""The scorer that lets a model server judge, over HTTP."""

import math
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from kg_enrich.errors import ReadingError, ScorerError, UnreadableImageError
from kg_enrich.images.decoding import decode_conditions
from kg_enrich.models import Document, DocumentId, Image, ImageId, Judgement, Outcome, Pair
from kg_enrich.scorers import drawings, generated
from kg_enrich.scorers.remote.asking import Answer, Asked, Wire
from kg_enrich.scorers.remote.client import Client
from kg_enrich.scorers.remote.exchange import Answered, Exchange
from kg_enrich.scorers.remote.options import RemoteOptions
from kg_enrich.scorers.remote.pictures import Pictures
from kg_enrich.scorers.remote.wires import wire_of

# Failed pairs in a row that end the run: the server, not the pairs, is at fault.
_IN_A_ROW = 20


class RemoteScorer:
    """Scores pairs by asking a server. Safe to use from several threads."""

    reads_captions = False
    former_fingerprints: tuple[str, ...] = ()

    def __init__(self, options: RemoteOptions) -> None:
        self.options = options
        self.model = options.model.rstrip("/").rsplit("/", 1)[-1]
        self.fingerprint = options.fingerprint
        self.conditions = decode_conditions(options.decode_limits) | {
            options.worker_limits.condition
        }
        self._pictures = Pictures(
            options.workers, options.decode_limits, options.worker_limits, options.max_pixels
        )
        self._client = Client(options)
        self._exchange = Exchange(wire_of(options), self._client)
        self._threads = ThreadPoolExecutor(options.in_flight, "remote-scorer")
        self._lock = threading.Lock()
        self._failed = 0
        self._rate = generated.ParseRate()

    def account(self) -> str:
        """How many answers had a mark since the last call, for a run's record."""
        return self._rate.take()

    def prefetch(self, images: Sequence[Image]) -> None:
        """Start reading and scaling these images; returns at once."""
        self._pictures.prefetch(images)

    def score(self, pairs: Sequence[Pair]) -> list[Judgement]:
        """One judgement a pair, in order; see `Scorer.score`.

        Errors: ScorerError when the server cannot be asked at all, or 20 pairs in a row failed.
        """
        return [
            one if isinstance(one, Judgement) else _judgement(pair, one, self._note(pair))
            for pair, one in zip(pairs, self.ask(pairs), strict=True)
        ]

    def ask(self, pairs: Sequence[Pair], wire: Wire | None = None) -> list[Answer | Judgement]:
        """What the server answers of each pair, in order; a judgement where it was not asked.

        wire: asks something else than the scorer's question. Errors: as of `score`.
        """
        exchange = self._exchange if wire is None else Exchange(wire, self._client)
        self.prefetch([pair.image for pair in pairs])
        found: dict[int, Answer | Judgement] = {}
        questions: dict[tuple[str, str], list[int]] = {}
        asked: dict[tuple[str, str], Asked] = {}
        for place, pair in enumerate(pairs):
            question = self._question(pair)
            if isinstance(question, Judgement):
                found[place] = question
                continue
            # Copies of one picture are asked about once.
            key = question.text, question.picture.digest
            asked.setdefault(key, question)
            questions.setdefault(key, []).append(place)
        for question, answer in self._answers(exchange, list(asked.values())):
            if wire is None and self.options.scoring == "generate":
                self._rate_of(answer)
            for place in questions[question.text, question.picture.digest]:
                found[place] = answer
        return [found[place] for place in range(len(pairs))]

    def check(self) -> None:
        """Lets the server judge drawn pictures.

        Errors: ScorerError when it cannot, answers the same for all, or tells none apart.
        """
        with drawn_pairs() as asked:
            judged = self.score([pair for row in asked for pair in row])
        for one in judged:
            if one.log_odds is None:
                raise ScorerError(f"{self.options.url} does not judge drawn pictures: {one.reason}")
        answers = [one.log_odds or 0.0 for one in judged]
        width = len(asked)
        rows = [answers[start : start + width] for start in range(0, len(answers), width)]
        drawings.check(rows, coarse=self.options.scoring == "generate")

    def close(self) -> None:
        """End what is under way, and the worker processes."""
        self._client.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._pictures.close()

    def _question(self, pair: Pair) -> Asked | Judgement:
        text = _text(pair.document)
        if not text:
            return _without_score(pair, Outcome.ABSTAINED, "the document has no text")
        try:
            picture = self._pictures.get(pair.image)
        except UnreadableImageError as error:
            return _without_score(pair, Outcome.UNREADABLE, str(error), error.depends)
        except ReadingError as error:
            return _without_score(pair, Outcome.FAILED, str(error))
        return Asked(text[: self.options.max_characters], picture)

    def _answers(
        self, exchange: Exchange, asked: Sequence[Asked]
    ) -> Iterator[tuple[Asked, Answer]]:
        hopeless = threading.Event()

        def ask(request: Sequence[Asked]) -> Answered:
            if hopeless.is_set():  # what waits for a thread need not learn it again
                return []
            try:
                return exchange.ask(request)
            except ScorerError:
                hopeless.set()
                raise

        futures = [self._threads.submit(ask, request) for request in exchange.requests(asked)]
        try:
            for future in as_completed(futures):
                for question, answer in future.result():
                    self._count(answer)
                    yield question, answer
        finally:
            for future in futures:
                future.cancel()

    def _rate_of(self, answer: Answer) -> None:
        if answer.log_odds is not None or answer.unread:
            self._rate.count(not answer.unread)

    def _count(self, answer: Answer) -> None:
        with self._lock:
            failed = answer.log_odds is None and not answer.abstained
            self._failed = self._failed + 1 if failed else 0
            if self._failed < _IN_A_ROW:
                return
            self._failed = 0
        raise ScorerError(
            f"{self.options.url}: {_IN_A_ROW} pairs in a row failed, at last because of:"
            f" {answer.reason}"
        )

    def _note(self, pair: Pair) -> str:
        length, most = len(_text(pair.document)), self.options.max_characters
        return f"text cut to its first {most} of {length} characters" if length > most else ""


@contextmanager
def drawn_pairs() -> Iterator[list[list[Pair]]]:
    """Drawn pictures as files, each with each of their texts: row by text, column by picture."""
    drawn = drawings.pairs()
    with tempfile.TemporaryDirectory() as folder:
        images = []
        for place, (_, canvas) in enumerate(drawn):
            file = Path(folder) / f"{place}.ppm"
            file.write_bytes(drawings.as_ppm(canvas))
            images.append(Image(ImageId(f"drawing {place}"), file, "self-test"))
        documents = [
            Document(DocumentId(f"text {place}"), "", text, "self-test")
            for place, (text, _) in enumerate(drawn)
        ]
        yield [[Pair(document, image) for image in images] for document in documents]


def _text(document: Document) -> str:
    """What is asked about a document, as the GPU scorer asks."""
    return "\n".join(part for part in (document.title, document.text) if part.strip())


def _judgement(pair: Pair, answer: Answer, note: str) -> Judgement:
    if answer.log_odds is None:
        outcome = Outcome.ABSTAINED if answer.abstained else Outcome.FAILED
        return _without_score(pair, outcome, answer.reason)
    return Judgement(
        pair.document.id,
        pair.image.id,
        Outcome.SCORED,
        score=10.0 / (1.0 + math.exp(-max(answer.log_odds, -700.0))),
        log_odds=answer.log_odds,
        reason=answer.reason,
        note=note,
    )


def _without_score(pair: Pair, outcome: Outcome, reason: str, depends: str = "") -> Judgement:
    return Judgement(pair.document.id, pair.image.id, outcome, reason=reason, depends=depends)
