"""One job: its query and its archive to an answer."""

import hashlib
import shutil
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from kg_enrich.answers.watching import JobError, JobResult, job_result
from kg_enrich.errors import BadJobError
from kg_enrich.scorers.files import Ranking
from kg_enrich.watch.archive import ArchiveLimits, Member, unpack
from kg_enrich.watch.claim import Claim
from kg_enrich.watch.delivery import IMAGES

# Ranks image files for a text; `compose.Scorers` and `rank_files` make one.
Rank = Callable[[str, Sequence[Path]], Ranking]

# In bytes. A book has a megabyte.
_LONGEST_TEXT = 1_000_000
# How often a job may end the program, or fail on a disk, before it is given up.
MOST_TRIES = 5


def answer(claim: Claim, rank: Rank, limits: ArchiveLimits) -> JobResult | JobError:
    """Does a job. Errors: ScorerError, and OSError for what may be over by the next try."""
    began = time.monotonic()
    digest = None
    try:
        if claim.tries >= MOST_TRIES:
            raise BadJobError(
                f"The job was begun {claim.tries} times and never ended"
                f" ({claim.trouble or 'each time the program did'})."
            )
        digest = _hash(claim)
        text = _query(claim.text)
        images = claim.folder / IMAGES
        shutil.rmtree(images, ignore_errors=True)
        members = unpack(claim.archive, images, limits)
        ranking = _named(rank(text, [member.file for member in members]), members)
    except BadJobError as error:
        return JobError(job=claim.name, input_hash=digest, error=str(error))
    milliseconds = round((time.monotonic() - began) * 1000)
    return job_result(ranking, milliseconds, claim.name, digest)


def _hash(claim: Claim) -> str:
    """What `cat NAME.txt NAME.zip | sha256sum` prints. Errors: BadJobError for what is no file."""
    found = hashlib.sha256()
    for file in (claim.text, claim.archive):
        if not stat.S_ISREG(file.lstat().st_mode):
            raise BadJobError(f"{file.name!r} is a link or no regular file; put the file itself.")
        with file.open("rb") as data:
            while chunk := data.read(1 << 20):
                found.update(chunk)
    return found.hexdigest()


def _query(file: Path) -> str:
    """The text, in UTF-8 or what its mark says. Errors: BadJobError."""
    if (size := file.stat().st_size) > _LONGEST_TEXT:
        raise BadJobError(f"{file.name!r} has {size} bytes; {_LONGEST_TEXT} are allowed.")
    data = file.read_bytes()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        raise BadJobError(f"{file.name!r} is not UTF-8: save it as UTF-8.") from None
    if not text.strip():
        raise BadJobError(f"{file.name!r} holds no text to rank the images for.")
    return text


def _named(ranking: Ranking, members: Sequence[Member]) -> Ranking:
    """The ranking with the archive's names in place of ours."""
    names = {member.file: member.name for member in members}
    return Ranking(
        tuple(replace(one, path=Path(names[one.path])) for one in ranking.ranked),
        tuple(
            replace(
                one,
                path=Path(names[one.path]),
                reason=one.reason.replace(str(one.path.resolve()), names[one.path]).replace(
                    str(one.path), names[one.path]
                ),
            )
            for one in ranking.skipped
        ),
    )
