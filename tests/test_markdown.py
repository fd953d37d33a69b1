"""A folder of Markdown into the graph, again, and pruned."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image as Picture

from kg_enrich.errors import SettingsError
from kg_enrich.graph import Graph
from kg_enrich.loading.folder import load_folder
from kg_enrich.loading.markdown import load_markdown
from kg_enrich.loading.records import Loaded
from tests.graphs import ask, snapshot

GUIDE = """---
title: not this
---
# Guide

![the rack](img/rack.png "title") stands here.

## Lamps

A *red* lamp: `E42`.

![][lamp]

### Green

<p><img src="../shared/green.png" alt="a green lamp"></p>

## Lamps

Chinese: 红灯报警。![](img/%E7%BA%A2.png?raw=true)

[lamp]: img/lamp.png "a lamp"
"""
FILES = {"docs/guide.md": GUIDE, "docs/other.md": "Only a line.\n"}
PICTURES = (
    "docs/img/rack.png",
    "docs/img/lamp.png",
    "docs/img/红.png",
    "docs/img/alone.JPG",
    "shared/green.png",
)


def lay_out(root: Path, files: Mapping[str, str], pictures: tuple[str, ...] = ()) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    for number, path in enumerate(pictures):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        Picture.new("RGB", (8, 8), (number, 0, 0)).save(root / path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An image root with two folders; the Markdown is in docs."""
    lay_out(tmp_path, FILES, PICTURES)
    return tmp_path


def load(graph: Graph, root: Path, prune: bool = False) -> Loaded:
    return load_markdown(graph, root / "docs", (root,), prune=prune)


def documents(graph: Graph) -> dict[str, tuple[str, str]]:
    rows = ask(graph, "MATCH (d:Document) RETURN d.id AS id, d.title AS title, d.text AS text")
    return {row["id"]: (row["title"], row["text"]) for row in rows}


def images(graph: Graph) -> dict[str, str | None]:
    rows = ask(graph, "MATCH (i:Image) RETURN i.id AS id, i.path AS path, i.caption AS caption")
    assert all(row["id"] == row["path"] for row in rows)
    return {row["id"]: row["caption"] for row in rows}


def references(graph: Graph) -> set[tuple[str, str]]:
    rows = ask(graph, "MATCH (d)-[:REFERENCES]->(i) RETURN d.id AS d, i.id AS i")
    return {(row["d"], row["i"]) for row in rows}


def test_sections_are_documents_and_links_references(graph: Graph, root: Path) -> None:
    loaded = load(graph, root)
    assert loaded.problems == ()
    assert (loaded.documents, loaded.images, loaded.references) == (5, 5, 4)
    assert documents(graph) == {
        "docs/guide.md": ("Guide", "stands here."),
        "docs/guide.md#Lamps": ("Guide / Lamps", "A red lamp: E42."),
        "docs/guide.md#Lamps/Green": ("Guide / Lamps / Green", ""),
        "docs/guide.md#Lamps (2)": ("Guide / Lamps", "Chinese: 红灯报警。"),
        "docs/other.md": ("other", "Only a line."),
    }
    assert images(graph) == {
        "docs/img/rack.png": "the rack",
        "docs/img/lamp.png": "a lamp",
        "docs/img/红.png": None,
        "docs/img/alone.JPG": None,
        "shared/green.png": "a green lamp",
    }
    assert references(graph) == {
        ("docs/guide.md", "docs/img/rack.png"),
        ("docs/guide.md#Lamps", "docs/img/lamp.png"),
        ("docs/guide.md#Lamps/Green", "shared/green.png"),
        ("docs/guide.md#Lamps (2)", "docs/img/红.png"),
    }


def test_loading_again_opens_nothing_and_changes_nothing(graph: Graph, root: Path) -> None:
    load(graph, root)
    before = snapshot(graph)
    again = load(graph, root, prune=True)
    assert snapshot(graph) == before
    assert (again.opened, again.unchanged, again.removed) == (0, 6, 0)


def test_of_what_changed_only_the_changed_sections_differ(graph: Graph, root: Path) -> None:
    load(graph, root)
    before = documents(graph)
    changed = GUIDE.replace("# Guide", "# The guide").replace("A *red*", "A blue")
    lay_out(root, {"docs/guide.md": changed, "docs/new.md": "# New\ntext\n"})
    loaded = load(graph, root)
    assert (loaded.opened, loaded.unchanged) == (2, 5)
    after = documents(graph)
    assert after.keys() - before.keys() == {"docs/new.md"}
    assert before.keys() <= after.keys()
    assert after["docs/guide.md#Lamps"] == ("The guide / Lamps", "A blue lamp: E42.")


def test_a_link_that_was_taken_out_takes_its_reference_along(graph: Graph, root: Path) -> None:
    load(graph, root)
    person = "docs/guide.md#Lamps", "docs/img/rack.png"
    ask(
        graph,
        "MATCH (d:Document {id: $d}), (i:Image {id: $i}) CREATE (d)-[:REFERENCES]->(i)",
        d=person[0],
        i=person[1],
    )
    before = references(graph)
    lay_out(root, {"docs/guide.md": GUIDE.replace("![][lamp]", "")})
    load(graph, root)
    assert before - references(graph) == {("docs/guide.md#Lamps", "docs/img/lamp.png")}
    assert person in references(graph)


def test_what_is_gone_stays_until_it_is_pruned(graph: Graph, root: Path) -> None:
    ask(
        graph,
        "CREATE (:Document {id: 'mine'})-[:REFERENCES]->(:Image {id: 'my', path: 'my'})",
    )
    load(graph, root)
    everything = documents(graph), images(graph)
    ask(
        graph,
        "MATCH (d:Document {id: 'docs/other.md'}), (i:Image {id: 'docs/img/rack.png'}) "
        "CREATE (d)-[:HAS_EVIDENCE {key: 'k', score: 9.0}]->(i)",
    )
    (root / "docs/other.md").unlink()
    (root / "docs/img/alone.JPG").unlink()
    lay_out(root, {"docs/guide.md": GUIDE.replace("### Green", "### Greenish")})
    loaded = load(graph, root)
    assert (loaded.removed, loaded.gone) == (0, 3)
    assert set(documents(graph)) == {*everything[0], "docs/guide.md#Lamps/Greenish"}
    assert images(graph) == everything[1]
    assert load(graph, root).gone == 3
    assert load(graph, root, prune=True).removed == 3
    assert set(documents(graph)) == {
        "mine",
        "docs/guide.md",
        "docs/guide.md#Lamps",
        "docs/guide.md#Lamps/Greenish",
        "docs/guide.md#Lamps (2)",
    }
    assert everything[1].keys() - images(graph).keys() == {"docs/img/alone.JPG"}
    assert "my" in images(graph)
    before = snapshot(graph)
    assert load(graph, root, prune=True).removed == 0
    assert snapshot(graph) == before


def test_a_section_that_comes_back_is_not_pruned(graph: Graph, root: Path) -> None:
    load(graph, root)
    before = documents(graph)
    lay_out(root, {"docs/guide.md": "# Guide\n"})
    assert load(graph, root).gone == 4
    lay_out(root, {"docs/guide.md": GUIDE})
    assert load(graph, root, prune=True).removed == 0
    assert documents(graph) == before


def test_what_cannot_be_used_is_named_once_with_its_line(graph: Graph, root: Path) -> None:
    lay_out(
        root,
        {
            "docs/bad.md": "# Bad\n\n![](https://example.org/a.png)\n\n![](img/none.png)\n"
            '![](../../out.png)\n\n<img src="a.svg">\n\n![](film.mp4)\n![](/none.png)\n'
        },
    )
    lay_out(root.parent, {}, ("out.png",))
    (root / "docs/latin.md").write_bytes("Gerät".encode("latin-1"))
    (root / "docs/away.md").symlink_to(root.parent / "away.md")
    (root.parent / "away.md").write_text("secret")
    loaded = load(graph, root)
    where = [problem.split(": ")[0].removeprefix(f"{root}/") for problem in loaded.problems]
    assert where[0].startswith("'") and "away.md" in where[0]
    assert where[1:] == [*(f"docs/bad.md:{line}" for line in (3, 5, 5, 8, 10, 10)), "docs/latin.md"]
    for problem, reason in zip(
        loaded.problems,
        ("outside", "address", "not there", "outside", "SVG", "format", "not there", "UTF-8"),
        strict=True,
    ):
        assert reason in problem and "\n" not in problem
    assert "secret" not in str(documents(graph))
    assert [problem for problem in load(graph, root).problems if "away.md" not in problem] == []


def test_an_image_that_appears_later_is_referenced(graph: Graph, root: Path) -> None:
    lay_out(root, {"docs/late.md": "# Late\n![soon](img/soon.png)\n"})
    load(graph, root)
    assert "docs/img/soon.png" not in images(graph)
    lay_out(root, {}, ("docs/img/soon.png",))
    assert load(graph, root).opened == 2
    assert ("docs/late.md", "docs/img/soon.png") in references(graph)
    assert images(graph)["docs/img/soon.png"] == "soon"


def test_an_image_that_is_pruned_and_comes_back_is_referenced_again(
    graph: Graph, root: Path
) -> None:
    load(graph, root)
    before = references(graph)
    (root / "docs/img/rack.png").unlink()
    assert load(graph, root).problems == ()
    assert references(graph) == before
    [problem] = load(graph, root, prune=True).problems
    assert "guide.md:6" in problem
    assert "docs/img/rack.png" not in images(graph)
    lay_out(root, {}, ("docs/img/rack.png",))
    load(graph, root)
    assert references(graph) == before


@pytest.mark.parametrize("label", ["Document", "Image"])
def test_what_somebody_deleted_is_loaded_again(graph: Graph, root: Path, label: str) -> None:
    load(graph, root)
    before = snapshot(graph)
    ask(graph, f"MATCH (n:{label}) DETACH DELETE n")
    load(graph, root)
    assert snapshot(graph) == before


def test_hidden_folders_and_those_of_programs_are_left_alone(graph: Graph, root: Path) -> None:
    lay_out(
        root,
        {
            "docs/.git/x.md": "no",
            "docs/node_modules/p/README.md": "no",
            "docs/img/.thumbs/y.md": "no",
        },
        ("docs/.cache/z.png",),
    )
    (root / "docs/circle").symlink_to(root / "docs")
    load(graph, root)
    assert len(documents(graph)) == 5
    assert len(images(graph)) == 5


def test_two_folders_never_touch_each_others_nodes(graph: Graph, tmp_path: Path) -> None:
    for name in ("one", "two"):
        lay_out(tmp_path, {f"{name}/a.md": f"# {name}\ntext"}, (f"{name}/x.png",))
        load_markdown(graph, tmp_path / name, (tmp_path,))
    (tmp_path / "one/a.md").unlink()
    (tmp_path / "two/a.md").unlink()
    assert load_markdown(graph, tmp_path / "one", (tmp_path,), prune=True).removed == 1
    assert set(documents(graph)) == {"two/a.md"}
    assert set(images(graph)) == {"one/x.png", "two/x.png"}


def test_folders_of_one_name_in_two_roots_are_told_apart(graph: Graph, tmp_path: Path) -> None:
    roots = (tmp_path / "first", tmp_path / "second")
    for root in roots:
        lay_out(root, {"docs/a.md": f"# {root.name}\n![](x.png)"}, ("docs/x.png",))
        load_markdown(graph, root / "docs", roots)
    second = f"{roots[1]}/docs"
    assert references(graph) == {
        ("docs/a.md", "docs/x.png"),
        (f"{second}/a.md", f"{second}/x.png"),
    }


def test_another_folder_of_the_same_name_is_refused_unless_it_was_moved(
    graph: Graph, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for root in (here, there):
        lay_out(root, {"docs/en/a.md": root.name})
    load_markdown(graph, here / "docs", (here,))
    before = snapshot(graph)
    for folder in (there / "docs", there / "docs/en", there):
        with pytest.raises(SettingsError, match="--moved"):
            load_markdown(graph, folder, (there,), prune=True)
    assert snapshot(graph) == before
    load_markdown(graph, here / "docs/en", (here,))
    load_markdown(graph, there / "docs", (there,), moved=True)
    assert documents(graph)["docs/en/a.md"] == ("a", "there")


def test_the_same_folder_is_not_loaded_under_two_names(graph: Graph, root: Path) -> None:
    load(graph, root)
    before = snapshot(graph)
    for folder, image_root in (("docs", "docs"), ("docs/img", "docs"), ("docs", "..")):
        named = ((root / image_root).resolve(),)
        with pytest.raises(SettingsError, match=r"loaded as 'docs'.*KG_ENRICH_IMAGE_ROOTS"):
            load_markdown(graph, root / folder, named, moved=True)
    assert snapshot(graph) == before


def test_nothing_is_pruned_while_a_folder_cannot_be_listed(graph: Graph, root: Path) -> None:
    load(graph, root)
    before = documents(graph), images(graph)
    for picture in (root / "docs/img").iterdir():
        picture.unlink()
    # Permissions do not keep the superuser out; a path that is too long does.
    below = os.open(root / "docs", os.O_RDONLY)
    for _ in range(20):
        os.mkdir("x" * 250, dir_fd=below)
        deeper = os.open("x" * 250, os.O_RDONLY, dir_fd=below)
        os.close(below)
        below = deeper
    os.close(below)
    loaded = load(graph, root, prune=True)
    assert (loaded.removed, loaded.gone) == (0, 4)
    assert (documents(graph), images(graph)) == before
    assert "cannot be listed" in loaded.problems[0]
    assert "nothing was pruned" in loaded.problems[-1]


def test_a_folder_with_nothing_to_load_is_refused(graph: Graph, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.md").write_text("text")
    with pytest.raises(SettingsError, match="neither JSONL nor Markdown"):
        load_folder(graph, tmp_path / "empty", (tmp_path,))
    with pytest.raises(SettingsError, match="not a folder"):
        load_folder(graph, tmp_path / "file.md", (tmp_path,))
    with pytest.raises(SettingsError, match="KG_ENRICH_IMAGE_ROOTS"):
        load_folder(graph, tmp_path, (tmp_path / "empty",))
    assert ask(graph, "MATCH (n:Document|LoadedFolder) RETURN n") == []


def test_a_linked_file_is_read_where_it_leads_into_a_root(graph: Graph, root: Path) -> None:
    lay_out(root, {"elsewhere/note.md": "# Note\n![](img/rack.png)"})
    (root / "docs/note.md").symlink_to(root / "elsewhere/note.md")
    load(graph, root)
    assert ("docs/note.md", "docs/img/rack.png") in references(graph)
    os.utime(root / "elsewhere/note.md", ns=(1, 1))
    assert load(graph, root).opened == 1
