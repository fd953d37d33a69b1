"""The loop of a watch folder: look, claim, do, hand over."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from kg_enrich import compose
from kg_enrich.answers.watching import JobError
from kg_enrich.errors import SettingsError
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.models import Say
from kg_enrich.scorers.files import rank_files
from kg_enrich.settings import Settings
from kg_enrich.watch.archive import ArchiveLimits
from kg_enrich.watch.claim import Claim, abandoned, alive, take, take_over
from kg_enrich.watch.delivery import ERROR, RESULT, finish, publish, stage, staged
from kg_enrich.watch.gallery import Gallery
from kg_enrich.watch.inbox import Inbox
from kg_enrich.watch.job import Rank, answer

# Called with a job's name, the file of its answer, and the answer: JSON in one line.
Answered = Callable[[str, Path, str], None]


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """interval: seconds between two looks; what did not change between them is complete. once:
    end after what was complete. load: a folder to load into the graph as well."""

    interval: float = 2.0
    once: bool = False
    load: Path | None = None


@dataclass(slots=True)
class Watched:
    """What a watch came to, in jobs. results: done. errors: could not be done as they were."""

    results: int = 0
    errors: int = 0


@dataclass(slots=True)
class _Watcher:
    folder: Path
    output: Path
    rank: Rank
    limits: ArchiveLimits
    lease: float
    inbox: Inbox
    stop: threading.Event
    say: Say
    answered: Answered
    came: Watched = field(default_factory=Watched)

    @property
    def working(self) -> Path:
        return self.folder / "working"

    def look(self) -> None:
        """Does all jobs that can be done now, each as soon as it is claimed."""
        for claim in self._claims():
            self._do(claim)
            if self.stop.is_set():
                return

    def _claims(self) -> Iterator[Claim]:
        for former in abandoned(self.working, self.lease):
            if claim := take_over(former, self.folder):
                self.say(f"{claim.name!r} was begun and not ended: it is taken over.")
                yield claim
        for waiting in self.inbox.look():
            try:
                claim = take(waiting, self.working)
            except OSError as error:
                self.say(f"{waiting.name!r} cannot be claimed: {error}")
                continue
            if claim is not None:
                yield claim

    def _do(self, claim: Claim) -> None:
        try:
            with alive(claim, self.lease):
                if (kept := staged(claim)) is None:
                    found = answer(claim, self.rank, self.limits)
                    kept = stage(claim, found, ERROR if isinstance(found, JobError) else RESULT)
                text = kept.read_text("utf-8").rstrip()
                place = publish(kept, self.output)
                finish(claim, kept, self.folder / "done")
        except OSError as error:
            if not claim.is_held:
                self.say(f"{claim.name!r} was taken over by another watcher.")
                return
            claim.release(str(error))
            self.say(f"{claim.name!r} is tried again later: {error}")
            return
        except BaseException:
            # The scorer, or a person, ended the program: the job is not at fault.
            claim.release()
            raise
        if kept.name.endswith(ERROR):
            self.came.errors += 1
        else:
            self.came.results += 1
        self.answered(claim.name, place, text)


def watch(
    folder: Path,
    output: Path,
    settings: Settings,
    options: WatchOptions,
    stop: threading.Event,
    say: Say,
    answered: Answered = lambda _, __, ___: None,
) -> Watched:
    """Does the jobs that come into a folder until it is told to stop, and says how many.

    folder: with NAME.txt and NAME.zip in it. output: where answers go. stop: set it to end after
    the job in hand. The scorer is opened once, before the first job.
    Errors: SettingsError, ScorerError; with a folder to load GraphError, and LeaseHeldError where
    it ends after one look.
    """
    working = _prepared(folder, output)
    with ExitStack() as held:
        gallery = None
        if options.load is not None:
            from kg_enrich import api

            kg = held.enter_context(api.open(settings, say=say))
            gallery = Gallery(kg, options.load, say, options.once)
            scorer = kg.scorers.get()
        else:
            scorer = held.enter_context(closing(compose.Scorers(settings))).get()
        hashes = ImageHashes()
        watcher = _Watcher(
            folder,
            output,
            lambda text, files: rank_files(scorer, text, files, hashes),
            ArchiveLimits(settings.archive_max_files, settings.archive_max_bytes),
            settings.lease_seconds,
            Inbox(folder, working, options.interval, say),
            stop,
            say,
            answered,
        )
        say(f"{folder} is watched; answers go to {output}.")
        tell = _news(say)
        for look in count(1):
            try:
                watcher.look()
                if gallery is not None and not stop.is_set():
                    gallery.look()
            except OSError as error:
                if options.once:
                    raise SettingsError(f"{folder}: {error}") from None
                # A mount that is away comes back.
                tell(f"{folder} cannot be used now: {error}")
            if (options.once and look == 2) or stop.wait(options.interval):
                break
    return watcher.came


def _prepared(folder: Path, output: Path) -> Path:
    """Makes the folders that are missing; gives the one of claims. Errors: SettingsError."""
    if not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder: name the one that jobs are put into.")
    working = folder / "working"
    for place in (working, folder / "done", output):
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"{place} cannot be made: {error.strerror}.") from None
    return working


def _news(say: Say) -> Say:
    """Says a line only when it is another than the last one."""
    last = [""]

    def tell(line: str) -> None:
        if line != last[0]:
            last[0] = line
            say(line)

    return tell
