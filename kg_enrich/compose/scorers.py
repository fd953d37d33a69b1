"""Settings to scorers: which one is asked for, with which options, each opened once."""

import threading
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from kg_enrich.compose.options import (
    decode_limits,
    first_stage,
    not_cheaper,
    ocr_cache,
    plugin_options,
    qwen_vl_options,
    reason_options,
    remote_options,
    worker_limits,
)
from kg_enrich.scorers.base import Scorer
from kg_enrich.scorers.deferred import DeferredScorer, Identity, recall, remember
from kg_enrich.scorers.plugins import open_plugin
from kg_enrich.scorers.qwen_vl.options import QwenVlOptions
from kg_enrich.scorers.reasons import Explainer, Giver
from kg_enrich.scorers.two_stages import TwoStages
from kg_enrich.settings import Settings
from kg_enrich.text import CorpusStatistics

if TYPE_CHECKING:
    from kg_enrich.images.ocr import OcrReader

# Scorers that are kept open at once, one for each set of word statistics.
_SCORERS = 3


class Scorers:
    """The scorers that some settings ask for, each opened once. Safe to share between threads.

    A scorer is opened when it is first asked for. Errors: SettingsError when its extra is not
    installed, ScorerError when it cannot work.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._reader: OcrReader | None = None
        self._open: dict[str, Scorer] = {}
        self._second: Scorer | None = None
        self._explains: Explainer | None = None

    def get(self, statistics: CorpusStatistics | None = None) -> Scorer:
        """The scorer for a source's word statistics; None for those shipped with the OCR scorer."""
        with self._lock:
            # The GPU scorer knows no word statistics.
            by_words = "ocr" in (self._settings.scorer, self._settings.prefilter)
            key = statistics.version if statistics is not None and by_words else ""
            if key not in self._open:
                # A long-lived handle sees new statistics now and then; who scores by older ones
                # has the scorer in hand.
                while len(self._open) >= _SCORERS:
                    del self._open[next(iter(self._open))]
                self._open[key] = self._new(statistics)
            return self._open[key]

    def first(self, statistics: CorpusStatistics) -> Scorer:
        """The cheap scorer alone that the settings put, or would put, before theirs.

        Errors: SettingsError when it is not cheap.
        """
        name = first_stage(self._settings)
        with self._lock:
            key = f"first {statistics.version}"
            if key not in self._open:
                self._open[key] = self._cheap(name, statistics)
            return self._open[key]

    def named(
        self,
        statistics: CorpusStatistics | None = None,
        identify: Callable[[], Identity] | None = None,
    ) -> Scorer:
        """As `get`, for who may never ask it: a model that was loaded before stays unloaded.

        identify: asks another machine what the model is, where none was loaded here.
        """
        known = self._known()
        if known is None and identify is not None and self._settings.scorer == "qwen-vl":
            known = identify()
        if known is None:
            return self.get(statistics)
        with self._lock:
            # What it loads has both stages; the first one twice is no other judgement.
            return self._staged(DeferredScorer(known, lambda: self.get(statistics)), statistics)

    def _known(self) -> Identity | None:
        """What the scorer says of itself, where that needs no loading; None where it does."""
        if self._settings.scorer == "http":
            # Its name needs no server; who only counts asks none.
            from kg_enrich.scorers.remote.scorer import RemoteScorer

            remote = RemoteScorer(remote_options(self._settings))
            identity = Identity.of(remote)
            remote.close()
            return identity
        if self._settings.scorer != "qwen-vl":
            return None
        from kg_enrich.scorers import qwen_vl

        return recall(self._memory, qwen_vl.key(qwen_vl_options(self._settings)))

    @property
    def _memory(self) -> Path:
        return self._settings.cache_dir / "qwen-vl.json"

    def reasons(self) -> Giver | None:
        """Who gives today's reasons, opened when it is called; None where no model writes any.

        Errors: SettingsError.
        """
        settings = self._settings
        options = reason_options(settings)
        if options is not None:
            from kg_enrich.scorers import qwen_vl

            version = qwen_vl.reason_version(options)
            trial = sha256(f"{qwen_vl.key(options)} {version}".encode()).hexdigest()
            return Giver(version, trial, lambda: self._explainer(options))
        if settings.scorer != "http" or settings.remote_protocol != "chat":
            return None
        from kg_enrich.scorers.remote import explaining

        asked = remote_options(settings)
        version = explaining.reason_version(asked)
        return Giver(version, f"{asked.fingerprint} {version}", self._remote_explainer)

    def _explainer(self, options: QwenVlOptions) -> Explainer:
        from kg_enrich.scorers import qwen_vl

        own = None if self._settings.reason_model else self.get()
        with self._lock:
            if self._explains is None:
                self._explains = qwen_vl.explainer(options, own and (self._second or own))
            return self._explains

    def _remote_explainer(self) -> Explainer:
        from kg_enrich.scorers.remote.explaining import Explainer as RemoteExplainer
        from kg_enrich.scorers.remote.scorer import RemoteScorer

        own = self.get()
        with self._lock:
            if self._explains is None:
                scorer = self._second or own
                assert isinstance(scorer, RemoteScorer)
                self._explains = RemoteExplainer(scorer, self._settings.self_test)
            return self._explains

    def reader(self) -> "OcrReader":
        """The reader of text in images, which all OCR scorers here share."""
        with self._lock:
            return self._reader_locked()

    def close(self) -> None:
        """Ends worker processes and gives memory back; done twice, it is done once."""
        with self._lock:
            for scorer in self._open.values():
                scorer.close()
            if self._reader is not None:
                self._reader.close()
            if self._explains is not None:
                self._explains.close()
            self._explains = None
            self._open.clear()
            self._reader = self._second = None

    def _new(self, statistics: CorpusStatistics | None) -> Scorer:
        if self._settings.prefilter is None:
            return self._build(statistics)
        # New word statistics are the first stage's matter; a model is loaded once.
        if self._second is None:
            self._second = self._build(statistics)
        return self._staged(self._second, statistics)

    def _build(self, statistics: CorpusStatistics | None) -> Scorer:
        if self._settings.scorer == "qwen-vl":
            from kg_enrich.scorers import qwen_vl

            options = qwen_vl_options(self._settings)
            loaded = qwen_vl.build(options)
            remember(self._memory, qwen_vl.key(options), loaded)
            return loaded
        if self._settings.scorer == "http":
            return self._remote()
        return self._cheap(self._settings.scorer, statistics)

    def _cheap(self, name: str, statistics: CorpusStatistics | None) -> Scorer:
        if name != "ocr":
            return open_plugin(name, plugin_options(self._settings, name))
        from kg_enrich.scorers.ocr import OcrScorer

        return OcrScorer(self._reader_locked(), statistics, self._settings.use_caption)

    def _staged(self, scorer: Scorer, statistics: CorpusStatistics | None) -> Scorer:
        """The scorer behind the prefilter that the settings name. Errors: SettingsError."""
        if self._settings.prefilter is None:
            return scorer
        name = first_stage(self._settings)
        if name == self._settings.scorer:
            raise not_cheaper(self._settings, name)
        first = self._cheap(name, statistics)
        return TwoStages(first, scorer, self._settings.prefilter_score)

    def _remote(self) -> Scorer:
        from kg_enrich.scorers.remote.scorer import RemoteScorer

        remote = RemoteScorer(remote_options(self._settings))
        try:
            if self._settings.self_test:
                remote.check()
        except BaseException:
            remote.close()
            raise
        return remote

    def _reader_locked(self) -> "OcrReader":
        if self._reader is None:
            from kg_enrich.images.ocr import OcrReader

            settings = self._settings
            self._reader = OcrReader(
                ocr_cache(settings),
                settings.workers,
                decode_limits(settings),
                worker_limits(settings),
            )
        return self._reader
