"""JSONL into the graph: idempotent, and every bad line named."""

import json
from pathlib import Path
from typing import Any

import pytest

from kg_enrich.errors import SettingsError
from kg_enrich.graph.connection import Graph
from kg_enrich.loading.jsonl import load_jsonl
from kg_enrich.loading.roots import recorded_path
from tests.support.graphs import ask, draw, snapshot


def write(folder: Path, **files: list[Any]) -> None:
    for name, rows in files.items():
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder below an image root, with three pictures and good files."""
    folder = tmp_path / "export"
    (folder / "images").mkdir(parents=True)
    draw(folder / "images", ["x", "y", "z"])
    write(
        folder,
        documents=[
            {"id": "a", "title": "红灯", "text": "text of a", "other": 1},
            {"id": 7, "text": "text of 7"},
        ],
        images=[
            {"id": "x", "path": "images/x.png", "alt_text": "a lamp"},
            {"id": "y", "path": "images/y.png", "caption": "a pump", "alt_text": "no"},
            {"id": 9, "path": "images/z.png"},
        ],
        references=[{"document_id": "a", "image_id": "x"}, {"document_id": 7, "image_id": 9}],
    )
    return folder


def test_loads_what_the_files_say(graph: Graph, folder: Path) -> None:
    loaded = load_jsonl(graph, folder, (folder.parent,))
    assert (loaded.documents, loaded.images, loaded.references) == (2, 3, 2)
    assert loaded.problems == ()
    documents = ask(graph, "MATCH (d:Document) RETURN d.id AS id, d.title AS title, d.text AS text")
    assert {(row["id"], row["title"], row["text"]) for row in documents} == {
        ("a", "红灯", "text of a"),
        (7, "", "text of 7"),
    }
    images = ask(graph, "MATCH (i:Image) RETURN i.id AS id, i.path AS path, i.caption AS caption")
    assert {(row["id"], row["path"], row["caption"]) for row in images} == {
        ("x", "export/images/x.png", "a lamp"),
        ("y", "export/images/y.png", "a pump"),
        (9, "export/images/z.png", None),
    }
    references = ask(graph, "MATCH (d)-[:REFERENCES]->(i) RETURN d.id AS d, i.id AS i")
    assert {(row["d"], row["i"]) for row in references} == {("a", "x"), (7, 9)}


def test_loading_again_changes_nothing(graph: Graph, folder: Path) -> None:
    load_jsonl(graph, folder, (folder.parent,))
    before = snapshot(graph)
    load_jsonl(graph, folder, (folder.parent,))
    assert snapshot(graph) == before


def test_bad_lines_are_left_out_and_named(graph: Graph, folder: Path) -> None:
    write(
        folder,
        documents=[
            {"id": "a", "text": "good"},
            "{broken",
            "[1, 2]",
            {"id": 1.5, "text": "half"},
            {"id": True, "text": "true"},
            {"id": "b"},
            {"id": "c", "text": "t", "title": 5},
        ],
        images=[
            {"id": "x", "path": "images/x.png"},
            {"id": "gone", "path": "images/gone.png"},
            {"id": "out", "path": "../../etc/passwd"},
        ],
        references=[{"document_id": "a", "image_id": "nowhere"}],
    )
    with (folder / "documents.jsonl").open("ab") as file:
        file.write(b'{"id": "d", "text": "\xff"}\n')
    loaded = load_jsonl(graph, folder, (folder.parent,))
    assert (loaded.documents, loaded.images, loaded.references) == (1, 1, 0)
    where = [problem.split(": ")[0].rsplit("/", 1)[1] for problem in loaded.problems]
    assert where == [
        *(f"documents.jsonl:{line}" for line in (2, 3, 4, 5, 6, 7, 8)),
        "images.jsonl:2",
        "images.jsonl:3",
        "references.jsonl:1",
    ]
    assert ask(graph, "MATCH (n:Document|Image) RETURN n.id AS id ORDER BY id") == [
        {"id": "a"},
        {"id": "x"},
    ]


@pytest.mark.parametrize(
    ("line", "trouble"),
    [
        (r'{"id": "b", "text": "half \ud800 of it"}', "half a character in 'text'"),
        (r'{"id": "\udfff", "text": "t"}', "half a character in 'id'"),
        (r'{"id": "b", "text": "t", "title": "\ud800"}', "half a character in 'title'"),
        ('{"id": 9223372036854775808, "text": "t"}', "'id' beyond 64 bits"),
        ('{"id": ' + "9" * 5000 + ', "text": "t"}', "too long a number"),
        ('{"id": "b", "text": ' + "[" * 100_000 + "}", "too deep"),
        ('{"id": "' + "i" * 9000 + '", "text": "t"}', "'id' of 9000 bytes; 8000 are allowed"),
        ('{"id": "' + "中" * 3000 + '", "text": "t"}', "'id' of 9000 bytes"),
    ],
)
def test_a_line_that_nothing_can_hold_is_left_out_and_the_rest_goes_on(
    graph: Graph, folder: Path, line: str, trouble: str
) -> None:
    write(folder, documents=[{"id": "a", "text": "t"}, line, {"id": "z", "text": "t"}])
    loaded = load_jsonl(graph, folder, (folder.parent,))
    assert loaded.documents == 2
    (problem,) = (one for one in loaded.problems if "documents.jsonl" in one)
    assert "documents.jsonl:2: " in problem
    assert trouble in problem


@pytest.mark.parametrize("path", ["", " ", ".", "images"])
def test_a_path_that_is_no_file_is_named(graph: Graph, folder: Path, path: str) -> None:
    write(folder, images=[{"id": "x", "path": path}], references=[])
    loaded = load_jsonl(graph, folder, (folder.parent,))
    assert loaded.images == 0
    assert len(loaded.problems) == 1


def test_the_longest_id_that_is_allowed_can_be_indexed(graph: Graph, folder: Path) -> None:
    longest = "i" * 8000
    write(folder, documents=[{"id": longest, "text": "t"}], images=[], references=[])
    load_jsonl(graph, folder, (folder.parent,))
    assert ask(graph, "MATCH (d:Document) RETURN d.id AS id") == [{"id": longest}]


def test_a_folder_outside_every_root_is_refused(graph: Graph, folder: Path) -> None:
    elsewhere = folder.parent / "elsewhere"
    elsewhere.mkdir()
    with pytest.raises(SettingsError, match="KG_ENRICH_IMAGE_ROOTS"):
        load_jsonl(graph, folder, (elsewhere,))
    assert ask(graph, "MATCH (n:Document) RETURN n") == []


def test_a_folder_without_the_files_is_refused(graph: Graph, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"documents\.jsonl"):
        load_jsonl(graph, tmp_path, (tmp_path,))


def test_a_path_that_another_root_would_answer_is_kept_absolute(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for root in (first, second):
        root.mkdir()
        draw(root, ["x"])
    draw(second, ["y"])
    roots = (first, second)
    assert recorded_path(first / "x.png", roots) == "x.png"
    assert recorded_path(second / "x.png", roots) == str(second / "x.png")
    assert recorded_path(second / "y.png", roots) == "y.png"
