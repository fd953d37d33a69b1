"""The demo's data hold together: every id resolves and every picture is what its row says."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

DEMO = Path(__file__).parents[2] / "demo"
EXPECTATIONS = {"evidence", "misleading", "no-text"}
TOKEN = re.compile(r"[a-z0-9]+|[\u4e00-\u9fff]")


def rows(name: str) -> list[dict[str, str | int]]:
    return [json.loads(line) for line in (DEMO / name).read_text("utf-8").splitlines()]


DOCUMENTS, IMAGES = rows("documents.jsonl"), rows("images.jsonl")
REFERENCES, EXPECTED = rows("references.jsonl"), rows("expected.jsonl")
DOCUMENT_IDS = {row["id"] for row in DOCUMENTS}
IMAGE_IDS = {row["id"] for row in IMAGES}


def test_rows_have_exactly_the_fields_of_the_layout() -> None:
    fields = {"id", "path", "width", "height", "bytes", "alt_text"}
    assert all(row.keys() == {"id", "title", "text"} for row in DOCUMENTS)
    assert all(row.keys() == fields for row in IMAGES)
    assert all(row.keys() == {"document_id", "image_id"} for row in REFERENCES)
    assert all(row.keys() == {"document_id", "image_id", "expected"} for row in EXPECTED)


def test_ids_are_unique_and_no_document_shares_an_id_with_an_image() -> None:
    counts = Counter(row["id"] for row in DOCUMENTS + IMAGES)
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("pairs", [REFERENCES, EXPECTED], ids=["references", "expected"])
def test_pairs_are_unique_and_name_known_ids(pairs: list[dict[str, str | int]]) -> None:
    keys = [(row["document_id"], row["image_id"]) for row in pairs]
    assert len(keys) == len(set(keys))
    assert {document for document, _ in keys} <= DOCUMENT_IDS
    assert {image for _, image in keys} <= IMAGE_IDS


def test_every_document_expects_evidence_and_every_image_has_an_expectation() -> None:
    evidence = {row["document_id"] for row in EXPECTED if row["expected"] == "evidence"}
    assert evidence == DOCUMENT_IDS
    assert {row["image_id"] for row in EXPECTED} == IMAGE_IDS
    assert {row["expected"] for row in EXPECTED} == EXPECTATIONS


def test_some_evidence_is_referenced_and_some_is_not_and_nothing_misleading_is() -> None:
    referenced = {(row["document_id"], row["image_id"]) for row in REFERENCES}
    by_kind: dict[str | int, set[bool]] = {kind: set() for kind in EXPECTATIONS}
    for row in EXPECTED:
        by_kind[row["expected"]].add((row["document_id"], row["image_id"]) in referenced)
    assert by_kind["evidence"] == {True, False}
    assert by_kind["misleading"] == {False}
    assert by_kind["no-text"] == {True, False}


def test_about_half_of_the_images_have_a_caption() -> None:
    captioned = sum(bool(row["alt_text"]) for row in IMAGES)
    assert 0.35 <= captioned / len(IMAGES) <= 0.65


@pytest.mark.parametrize("row", IMAGES, ids=lambda row: str(row["id"]))
def test_a_picture_is_what_its_row_says(row: dict[str, str | int]) -> None:
    file = DEMO / str(row["path"])
    assert file.resolve().parent == (DEMO / "images").resolve()
    assert file.stat().st_size == row["bytes"]
    with Image.open(file) as picture:
        picture.load()
        assert picture.size == (row["width"], row["height"])
        assert 640 <= picture.width <= 1024


def test_the_folder_holds_the_listed_pictures_only_and_stays_small() -> None:
    files = list((DEMO / "images").iterdir())
    assert {file.name for file in files} == {Path(str(row["path"])).name for row in IMAGES}
    committed = [*files, *DEMO.glob("*.*"), *DEMO.glob("drawing/*.py")]
    assert sum(file.stat().st_size for file in committed) <= 2 * 1024**2


def test_documents_are_short_and_of_both_languages() -> None:
    lengths = [len(TOKEN.findall(str(row["text"]).lower())) for row in DOCUMENTS]
    assert min(lengths) >= 80
    assert max(lengths) <= 300
    chinese = [len(re.findall(r"[\u4e00-\u9fff]", str(row["text"]))) for row in DOCUMENTS]
    assert any(count == 0 for count in chinese)
    assert any(count > 100 for count in chinese)


def test_no_text_names_a_host_an_address_or_a_mailbox() -> None:
    texts = [(DEMO / f"{name}.jsonl").read_text("utf-8") for name in ("documents", "images")]
    pattern = r"https?://|\bwww\.|\b\d{1,3}(?:\.\d{1,3}){3}\b|\w@\w|\w\.(?:com|net|org|local|cn)\b"
    assert re.findall(pattern, "\n".join(texts)) == []


def test_the_readme_tells_of_every_image() -> None:
    named = set(re.findall(r"`([\w-]+)`", (DEMO / "README.md").read_text("utf-8")))
    assert named >= IMAGE_IDS | DOCUMENT_IDS


def test_draw_names_the_missing_font(tmp_path: Path) -> None:
    font = tmp_path / "NotoSansCJK-Regular.ttc"
    command = [sys.executable, str(DEMO / "draw.py"), str(font)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert str(font) in result.stderr
    assert "fonts-noto-cjk" in result.stderr


def test_every_listed_picture_can_be_drawn_again() -> None:
    script = "import draw; print('\\n'.join(sorted(draw.PICTURES)))"
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=DEMO, capture_output=True, text=True, check=True
    )
    assert set(result.stdout.split()) == IMAGE_IDS
