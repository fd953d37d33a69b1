"""Settings to scorers: which one is asked for, with which options, each opened once."""

import threading
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kg_enrich.errors import SettingsError
from kg_enrich.images.decoding import DecodeLimits
from kg_enrich.images.workers import WorkerLimits, cores
from kg_enrich.scorers.base import Scorer
from kg_enrich.scorers.deferred import DeferredScorer, Identity, recall, remember
from kg_enrich.scorers.plugins import ScorerOptions, open_plugin
from kg_enrich.scorers.qwen_vl.options import INSTRUCTIONS, QwenVlOptions
from kg_enrich.scorers.reasons import Explainer
from kg_enrich.scorers.remote.options import RemoteOptions
from kg_enrich.scorers.two_stages import TwoStages
from kg_enrich.settings import Settings
from kg_enrich.text import CorpusStatistics

if TYPE_CHECKING:
    from kg_enrich.images.ocr import OcrReader

# Scorers that are kept open at once, one for each set of word statistics.
_SCORERS = 3


def decode_limits(settings: Settings) -> DecodeLimits:
    return DecodeLimits(settings.image_max_bytes, settings.image_max_pixels)


def worker_limits(settings: Settings) -> WorkerLimits:
    return WorkerLimits(settings.image_seconds, settings.image_memory_bytes)


def ocr_cache(settings: Settings) -> Path:
    return settings.cache_dir / "ocr"


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

    def reasons(self) -> tuple[int, Callable[[], Explainer]] | None:
        """The version of today's reasons, and who gives them, opened when it is called.

        None where no model here writes any. Errors: SettingsError.
        """
        options = reason_options(self._settings)
        if options is None:
            return None
        from kg_enrich.scorers import qwen_vl

        return qwen_vl.reason_version(options), lambda: self._explainer(options)

    def _explainer(self, options: QwenVlOptions) -> Explainer:
        from kg_enrich.scorers import qwen_vl

        own = None if self._settings.reason_model else self.get()
        with self._lock:
            if self._explains is None:
                self._explains = qwen_vl.explainer(options, own and (self._second or own))
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

        return OcrScorer(self._reader_locked(), statistics)

    def _staged(self, scorer: Scorer, statistics: CorpusStatistics | None) -> Scorer:
        """The scorer behind the prefilter that the settings name. Errors: SettingsError."""
        if self._settings.prefilter is None:
            return scorer
        name = first_stage(self._settings)
        if name == self._settings.scorer:
            raise _not_cheaper(self._settings, name)
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


def first_stage(settings: Settings) -> str:
    """The name of the cheap scorer that stands first: the prefilter, else the OCR scorer.

    Errors: SettingsError for a scorer that is not cheap.
    """
    name = settings.prefilter or "ocr"
    if name in ("qwen-vl", "http"):
        raise _not_cheaper(settings, name)
    return name


def _not_cheaper(settings: Settings, name: str) -> SettingsError:
    return SettingsError(
        f"KG_ENRICH_PREFILTER={name} is not cheaper than KG_ENRICH_SCORER={settings.scorer}: name "
        "ocr, or a scorer that a package brings"
    )


def qwen_vl_options(settings: Settings) -> QwenVlOptions:
    """The GPU scorer's options; the settings of the same names, all but a few."""
    same = {field.name for field in fields(QwenVlOptions)} & set(Settings.model_fields)
    values = {name: getattr(settings, name) for name in same - {"workers"}}
    if settings.workers is not None:
        values["workers"] = settings.workers
    return QwenVlOptions(
        **values, revision=settings.model_revision, decode_limits=decode_limits(settings)
    )


def reason_options(settings: Settings) -> QwenVlOptions | None:
    """Options of the model that writes reasons; None where there is none."""
    if settings.reason_model is None:
        return qwen_vl_options(settings) if settings.scorer == "qwen-vl" else None
    options = qwen_vl_options(settings.model_copy(update={"scoring": "logits"}))
    return replace(options, model=settings.reason_model, revision=None)


def remote_options(settings: Settings) -> RemoteOptions:
    """The remote scorer's options. Errors: SettingsError for what is missing or not allowed."""
    if not settings.remote_url:
        raise SettingsError("the http scorer needs KG_ENRICH_REMOTE_URL: the server's address")
    if not settings.model_revision:
        raise SettingsError(
            "the http scorer needs KG_ENRICH_MODEL_REVISION: what the server's weights are called"
            " (a commit, a date); no server says, and other weights mean that all is judged again"
        )
    token = settings.remote_token
    return RemoteOptions(
        url=settings.remote_url,
        protocol=settings.remote_protocol,
        model=settings.model,
        revision=settings.model_revision,
        hosts=settings.remote_hosts,
        token=token.get_secret_value() if token else "",
        scale=settings.remote_scale,
        scoring=settings.scoring,
        instruction=INSTRUCTIONS.get(settings.instruction, settings.instruction),
        max_visual_tokens=settings.max_visual_tokens,
        max_characters=settings.remote_characters,
        in_flight=settings.remote_in_flight,
        images=settings.remote_images,
        seconds=settings.remote_seconds,
        patience=settings.remote_patience_seconds,
        workers=settings.workers or cores(),
        decode_limits=decode_limits(settings),
        worker_limits=worker_limits(settings),
        self_test=settings.self_test,
    )


def plugin_options(settings: Settings, name: str | None = None) -> ScorerOptions:
    """What a scorer of another package is made with. name: of another one than the scorer."""
    return ScorerOptions(
        settings.model,
        settings.model_revision,
        settings.cache_dir / (name or settings.scorer),
        settings.workers,
        decode_limits(settings),
        worker_limits(settings),
    )
