"""Scorers of other packages, found by their entry points."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from kg_enrich.errors import KgEnrichError, SettingsError
from kg_enrich.images.decoding import DecodeLimits
from kg_enrich.images.workers import WorkerLimits
from kg_enrich.scorers.base import Scorer

GROUP = "kg_enrich.scorers"


@dataclass(frozen=True, slots=True)
class ScorerOptions:
    """What a scorer of another package is given to be made with.

    model, revision: as the settings say; a scorer need not care. cache: a folder that it may keep
    things in. decode_limits, worker_limits: what reading an image may take.
    """

    model: str
    revision: str | None
    cache: Path
    workers: int | None = None
    decode_limits: DecodeLimits = field(default_factory=DecodeLimits)
    worker_limits: WorkerLimits = field(default_factory=WorkerLimits)


def plugin_names() -> tuple[str, ...]:
    """The scorers that installed packages bring, in order."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


def open_plugin(name: str, options: ScorerOptions) -> Scorer:
    """Makes the scorer that a package calls by this name.

    Errors: SettingsError when it is not there, is there twice, or cannot be imported or made; what
    it raises of kg-enrich's own errors.
    """
    (point, *others) = entry_points(group=GROUP, name=name) or (None,)
    if point is None:
        raise SettingsError(f"no installed package brings a scorer {name!r}")
    if others:
        packages = sorted(_package(one) for one in (point, *others))
        raise SettingsError(f"two packages bring a scorer {name!r}: {', '.join(packages)}")
    try:
        make: Callable[[ScorerOptions], Scorer] = point.load()
        scorer = make(options)
    except KgEnrichError:
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise SettingsError(f"the scorer {name} of {_package(point)}: {reason}") from error
    lacking = [one for one in _members() if not hasattr(scorer, one)]
    if lacking:
        raise SettingsError(f"the scorer {name} of {_package(point)} has no {', '.join(lacking)}")
    return scorer


def _members() -> list[str]:
    return [*Scorer.__annotations__, "prefetch", "score", "close"]


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.value
