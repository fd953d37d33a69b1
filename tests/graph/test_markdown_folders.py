"""Which files of which folders are loaded: several roots, hidden folders, links, moved ones."""

import os
from pathlib import Path

import pytest

from kg_enrich.errors import SettingsError
from kg_enrich.graph.connection import Graph
from kg_enrich.loading.folder import load_folder
from kg_enrich.loading.markdown import load_markdown
from tests.support.graphs import ask, snapshot
from tests.support.markdown import (
    documents,
    guide,
    images,
    lay_out,
    load,
    references,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return guide(tmp_path)


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
