"""A folder of Markdown into the graph, again, and pruned."""

from pathlib import Path

import pytest

from kg_enrich.graph.connection import Graph
from tests.support.graphs import ask, snapshot
from tests.support.markdown import (
    CHINESE,
    GUIDE,
    RED,
    documents,
    guide,
    images,
    lamps,
    lay_out,
    load,
    references,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return guide(tmp_path)


def test_sections_are_documents_and_links_references(graph: Graph, root: Path) -> None:
    loaded = load(graph, root)
    assert loaded.problems == ()
    assert (loaded.documents, loaded.images, loaded.references) == (5, 5, 4)
    assert documents(graph) == {
        "docs/guide.md": ("Guide", "stands here."),
        RED: ("Guide / Lamps", "A red lamp: E42."),
        "docs/guide.md#Lamps/Green": ("Guide / Lamps / Green", ""),
        CHINESE: ("Guide / Lamps", "Chinese: 红灯报警。"),
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
        (RED, "docs/img/lamp.png"),
        ("docs/guide.md#Lamps/Green", "shared/green.png"),
        (CHINESE, "docs/img/红.png"),
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
    blue = lamps("A blue lamp: E42.")
    assert after.keys() - before.keys() == {"docs/new.md", blue}
    assert before.keys() <= after.keys()
    assert after[blue] == ("The guide / Lamps", "A blue lamp: E42.")


def test_a_link_that_was_taken_out_takes_its_reference_along(graph: Graph, root: Path) -> None:
    load(graph, root)
    person = RED, "docs/img/rack.png"
    ask(
        graph,
        "MATCH (d:Document {id: $d}), (i:Image {id: $i}) CREATE (d)-[:REFERENCES]->(i)",
        d=person[0],
        i=person[1],
    )
    before = references(graph)
    lay_out(root, {"docs/guide.md": GUIDE.replace("![][lamp]", "")})
    load(graph, root)
    assert before - references(graph) == {(RED, "docs/img/lamp.png")}
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
        RED,
        "docs/guide.md#Lamps/Greenish",
        CHINESE,
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
