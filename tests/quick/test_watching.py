"""The watch folder: what comes out of a job, and who may do it when."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kg_enrich.models import DocumentId, ImageId, Judgement, Outcome
from kg_enrich.scorers.files import Ranked, Ranking, Skipped
from kg_enrich.watch import claim as claims
from kg_enrich.watch import delivery
from kg_enrich.watch.archive import ArchiveLimits
from kg_enrich.watch.delivery import RESULT, finish, publish, stage, staged
from kg_enrich.watch.inbox import Inbox
from kg_enrich.watch.job import MOST_TRIES, answer
from kg_enrich.watch.owner import Owner, here, is_alive, place
from tests.support.answers import valid
from tests.support.commands import bare_environment, call
from tests.support.export import TEXTS
from tests.support.jobs import done, put

LEASE = 60.0


def by_size(text: str, files: Sequence[Path]) -> Ranking:
    """A ranker for tests of all that is around one: the larger the file the better."""
    ordered = sorted(files, key=lambda file: -file.stat().st_size)
    judged = [
        Judgement(
            DocumentId(text), ImageId(str(file)), Outcome.SCORED, 9.0 - rank, 4.0 - rank, "size"
        )
        for rank, file in enumerate(ordered)
    ]
    ranked = tuple(
        Ranked(file, rank, judgement)
        for rank, (file, judgement) in enumerate(zip(ordered, judged, strict=True), 1)
    )
    return Ranking(ranked, ())


@pytest.fixture
def inbox(tmp_path: Path, export: Path) -> Path:
    """A folder with one complete job."""
    folder = tmp_path / "in"
    for name in ("working", "done"):
        (folder / name).mkdir(parents=True)
    put(folder, "pump", TEXTS["pump"], [export / "flange.png", export / "login.png"])
    return folder


def taken(folder: Path) -> claims.Claim:
    looking = Inbox(folder, folder / "working", 0.1, lambda _: None)
    assert looking.look() == [], "nothing is complete at the first look"
    (job,) = looking.look()
    found = claims.take(job, folder / "working")
    assert found is not None
    assert claims.take(job, folder / "working") is None, "another watcher comes too late"
    return found


def test_a_job_becomes_a_result_once(export: Path, readings: Path, tmp_path: Path) -> None:
    env = bare_environment() | {"KG_ENRICH_CACHE_DIR": str(readings)}
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    put(folder, "auth", TEXTS["auth"], [export / f"{n}.png" for n in ("flange", "login", "empty")])
    put(folder, "lone", "text", [])
    (folder / "lone.txt").unlink()
    content = (folder / "auth.txt").read_bytes() + (folder / "auth.zip").read_bytes()
    line = ("watch", str(folder), "--output", str(out), "--once", "--interval", "0.1")
    ended = call(env, tmp_path, *line, "--json")
    assert ended.code == 0, ended.err
    (file,) = out.iterdir()
    assert file.name.endswith("Z_result.json")
    said = json.loads(file.read_text("utf-8"))
    assert said == json.loads(ended.out)
    assert said["job"] == "auth"
    assert said["input_hash"] == hashlib.sha256(content).hexdigest()
    paths = [one["image_path"] for one in said["results"]]
    assert paths == ["photos/login.png", "photos/flange.png"]
    best = said["results"][0]
    assert best["raw_output"] == f"Score: {best['score']:.1f} — {best['reason']}"
    assert [one["image_path"] for one in said["skipped"]] == ["photos/empty.png"]
    assert str(tmp_path) not in file.read_text("utf-8")
    assert "'lone' waits for its other half" in ended.err
    assert done(folder) == ["auth"]
    (kept,) = (folder / "done").iterdir()
    assert {one.name for one in kept.iterdir()} == {"auth.txt", "auth.zip", file.name}
    assert call(env, tmp_path, *line).out == ""
    assert len(list(out.iterdir())) == 1

    # One that cannot be done is an answer, too, and the others are done all the same.
    (folder / "bad.txt").write_text("text")
    (folder / "bad.zip").symlink_to("/etc/passwd")
    put(folder, "latin", "text", [export / "flange.png"])
    (folder / "latin.txt").write_bytes("Überdruck".encode("latin-1"))
    ended = call(env, tmp_path, *line)
    assert ended.code == 4
    errors = [valid(["watch"], one.read_text("utf-8")) for one in out.glob("*_error.json")]
    told = {one["job"]: one["error"] for one in errors}
    assert told == {
        "bad": "'bad.zip' is a link or no regular file; put the file itself.",
        "latin": "'latin.txt' is not UTF-8: save it as UTF-8.",
    }
    assert done(folder) == ["auth", "bad", "latin"]


def test_a_half_done_job_is_done_again_and_a_done_one_never(
    inbox: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = taken(inbox)
    working = inbox / "working"
    assert claims.abandoned(working, LEASE) == [], "its owner lives"
    (first.folder / "images").mkdir()  # it had begun
    kill(first)
    assert claims.abandoned(working, LEASE) == [first.folder]
    second = claims.take_over(first.folder, inbox)
    assert second is not None
    assert claims.take_over(first.folder, inbox) is None, "another watcher comes too late"
    assert (second.name, second.tries, first.is_held) == ("pump", 1, False)
    found = answer(second, by_size, ArchiveLimits())
    with pytest.raises(FileNotFoundError):
        stage(first, found, RESULT)  # it only seemed dead
    kept = stage(second, found, RESULT)

    # It dies before, and then after, the answer lies in the output folder.
    kill(second)
    (former,) = claims.abandoned(working, LEASE)
    third = claims.take_over(former, inbox)
    assert third is not None
    again = staged(third)
    assert again is not None and again.name == kept.name
    parts: list[Path] = []

    def link(part: Path, place: Path) -> None:
        parts.append(part)
        os.link(part, place)

    with monkeypatch.context() as seen:
        seen.setattr(delivery, "_link", link)
        put_there = publish(again, tmp_path)
    kill(third)
    (left,) = parts
    left.write_bytes(b"half")  # as if it had been killed while it wrote
    (former,) = claims.abandoned(working, LEASE)
    fourth = claims.take_over(former, inbox)
    assert fourth is not None
    last = staged(fourth)
    assert last is not None
    assert publish(last, tmp_path) == put_there
    finish(fourth, last, inbox / "done")
    assert done(inbox) == ["pump"]
    assert list(working.iterdir()) == []
    assert [one.name for one in tmp_path.glob("*.json")] == [kept.name]
    assert list(tmp_path.glob(".*.part")) == []


def test_a_taken_name_gets_a_suffix(inbox: Path, tmp_path: Path) -> None:
    claim = taken(inbox)
    kept = stage(claim, answer(claim, by_size, ArchiveLimits()), RESULT)
    (tmp_path / kept.name).write_text("another job's")
    stamp = kept.name.removesuffix(RESULT)
    assert publish(kept, tmp_path).name == f"{stamp}-2{RESULT}"
    assert publish(kept, tmp_path).name == f"{stamp}-2{RESULT}"
    (inbox / "done" / f"{stamp}_pump").mkdir()
    (inbox / "done" / f"{stamp}_pump" / "x").touch()
    finish(claim, kept, inbox / "done")
    assert done(inbox) == ["pump", "pump-2"]


def test_a_claim_that_died_in_the_middle_is_made_whole(inbox: Path) -> None:
    claim = taken(inbox)
    os.rename(claim.text, inbox / "pump.txt")  # it died before it had the text
    kill(claim)
    second = claims.take_over(claim.folder, inbox)
    assert second is not None
    assert second.text.is_file()
    os.rename(second.archive, inbox / "pump.zip")  # it died before it had anything
    os.rename(second.text, inbox / "pump.txt")
    kill(second)
    assert claims.take_over(second.folder, inbox) is None
    assert list((inbox / "working").iterdir()) == []


def test_a_job_that_always_ends_the_program_becomes_an_error(inbox: Path) -> None:
    claim = taken(inbox)
    claim.release("the disk is full")
    assert claims.abandoned(inbox / "working", LEASE) == [], "it waits a while"
    claim = replace(claim, tries=MOST_TRIES, trouble="the disk is full")
    assert answer(claim, by_size, ArchiveLimits()).model_dump() == {
        "job": "pump",
        "input_hash": None,
        "error": f"The job was begun {MOST_TRIES} times and never ended (the disk is full).",
    }


def test_what_still_grows_is_left_alone(inbox: Path) -> None:
    looking = Inbox(inbox, inbox / "working", 60.0, lambda _: None)
    looking.look()
    with (inbox / "pump.txt").open("a") as text:
        text.write(" More.")
    assert looking.look() == []
    whole = (inbox / "pump.zip").read_bytes()
    (inbox / "pump.zip").write_bytes(whole[:-10])
    looking.look()
    assert looking.look() == [], "it has no end yet"
    with pytest.MonkeyPatch.context() as later:
        later.setattr("kg_enrich.watch.inbox.age", lambda *_: 121.0)
        (broken,) = looking.look()
    assert broken.name == "pump", "and will never have one"
    (inbox / "pump.zip").write_bytes(whole)
    looking.look()
    (job,) = looking.look()
    (inbox / "pump.txt").write_text("Another one.")
    assert claims.take(job, inbox / "working") is None
    assert (inbox / "pump.txt").read_text() == "Another one."
    assert (inbox / "pump.zip").read_bytes() == whole
    assert list((inbox / "working").iterdir()) == []


def test_who_is_alive() -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert is_alive(here(), 1e9, LEASE)
        assert not is_alive(replace(here(), started=here().started - 1000), 0, LEASE)
        assert not is_alive(Owner("h", place(), other.pid, 5.0), 0, LEASE)
        # Of a process elsewhere nothing is known but when it was last heard of.
        elsewhere = replace(here(), place="another host")
        assert is_alive(elsewhere, LEASE - 1, LEASE)
        assert not is_alive(elsewhere, LEASE + 1, LEASE)
    finally:
        other.communicate()


def test_signs_of_life_go_on_while_a_job_is_done(inbox: Path) -> None:
    claim = taken(inbox)
    owner = claim.folder / claims.OWNER
    os.utime(owner, (1.0, 1.0))
    beaten = threading.Event()
    with claims.alive(claim, 0.04):
        while not beaten.wait(0.01):
            if owner.stat().st_mtime > 1.0:
                beaten.set()
    assert beaten.is_set()


def test_what_is_skipped_is_named_as_in_the_archive(inbox: Path) -> None:
    def refused(text: str, files: Sequence[Path]) -> Ranking:
        return Ranking((), tuple(Skipped(file, f"{file}: damaged", True) for file in files))

    found = answer(taken(inbox), refused, ArchiveLimits()).model_dump()
    assert [one["reason"] for one in found["skipped"]] == [
        "photos/flange.png: damaged",
        "photos/login.png: damaged",
    ]


def kill(claim: claims.Claim) -> None:
    """Leaves the claim as a process that is gone left it."""
    record = {"owner": replace(here(), started=1.0).plain(), "tries": claim.tries}
    (claim.folder / claims.OWNER).write_text(json.dumps(record))
