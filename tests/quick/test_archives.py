"""Archives that anybody may have made."""

import re
from pathlib import Path

import pytest

from benchmarks.hostile_archives import ARCHIVES, LIMITS, PICTURE, of, refusal
from kg_enrich.watch.archive import unpack

PAGE = Path(__file__).parents[2] / "docs" / "watch.md"


@pytest.mark.parametrize("what", ARCHIVES)
def test_a_hostile_archive_is_refused_in_one_line(what: str, tmp_path: Path) -> None:
    inner = tmp_path / "job"
    inner.mkdir()
    line = refusal(ARCHIVES[what](), inner)
    assert line and "\n" not in line
    assert len(line) < 400
    assert [file.name for file in tmp_path.iterdir()] == ["job"]
    assert {file.name for file in inner.iterdir()} <= {"job.zip", "images"}
    # Nothing was written under a name of theirs, and not much of anything.
    unpacked = list((inner / "images").iterdir())
    assert all(re.fullmatch(r"\d{6}(\.\w+)?", file.name) for file in unpacked)
    assert sum(file.stat().st_size for file in unpacked) <= LIMITS.bytes


def test_the_page_shows_what_becomes_of_them(tmp_path: Path) -> None:
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    shown = {what: line.partition(" (")[0] for what, line in rows if what in ARCHIVES}
    real = {}
    for number, (what, make) in enumerate(ARCHIVES.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        # What stands in brackets may be Python's own word.
        real[what] = refusal(make(), folder).partition(" (")[0]
    assert shown == real, "python -m benchmarks.hostile_archives"


def test_files_keep_their_names_and_not_their_paths(tmp_path: Path) -> None:
    archive = of(
        ("photos/", b""),
        ("photos/泵.png", PICTURE),
        ("a\\b.PNG", PICTURE + b"2"),
        ("no suffix", b"text"),
        (".hidden/x.png", PICTURE),
        ("photos/Thumbs.db", b"x"),
    )
    (tmp_path / "job.zip").write_bytes(archive)
    members = unpack(tmp_path / "job.zip", tmp_path / "images", LIMITS)
    assert [member.name for member in members] == ["photos/泵.png", "a/b.PNG", "no suffix"]
    assert [member.file.name for member in members] == ["000000.png", "000001.png", "000002"]
    assert members[0].file.read_bytes() == PICTURE


def test_names_of_a_chinese_windows_are_read(tmp_path: Path) -> None:
    """It writes them in its own encoding, without a word."""
    made = of(("????.png", PICTURE)).replace(b"????.png", "泵房.png".encode("gbk"))
    (tmp_path / "job.zip").write_bytes(made)
    (member,) = unpack(tmp_path / "job.zip", tmp_path / "images", LIMITS)
    assert member.name == "泵房.png"
