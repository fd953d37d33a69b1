"""Sections that are called otherwise than they were, and what was said and judged of them."""

from pathlib import Path

import pytest

from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.reviews import Saying, review
from kg_enrich.graph.connection import Graph
from kg_enrich.identity import evidence_key, ledger_key, text_hash
from kg_enrich.models import DocumentId, ImageId
from tests.support.graphs import SOURCE, TableScorer, ask, evidence, run_table, snapshot
from tests.support.markdown import documents, lay_out, load, references

HEAD = "# T\n"
FIRST = "## Lamps\n\nred\n\n![](a.png)\n\n### More\n\nother\n"
SECOND = "## Lamps\n\ngreen\n\n![](b.png)\n"
LITERAL = "## Lamps (2)\n\nblue\n"
TEXT = HEAD + FIRST + SECOND + LITERAL + "## Only\n\nalone\n"


def name(anchor: str, text: str = "") -> str:
    digits = f" ({text_hash('', text)[:8]})" if text else ""
    return f"docs/f.md#{anchor}{digits}"


RED, GREEN = name("Lamps", "red"), name("Lamps", "green")
# As release 0.1.0 called them: it counted.
FORMER = {
    RED: "docs/f.md#Lamps",
    GREEN: "docs/f.md#Lamps (2)",
    "docs/f.md#Lamps (2)": "docs/f.md#Lamps (2) (2)",
}
A, B = "docs/a.png", "docs/b.png"


@pytest.fixture
def root(graph: Graph, tmp_path: Path) -> Path:
    """A folder that was just loaded."""
    lay_out(tmp_path, {"docs/f.md": TEXT}, (A, B))
    load(graph, tmp_path)
    assert {*documents(graph)} == {*FORMER, name("Lamps/More"), name("Only")}
    return tmp_path


def judge(graph: Graph, root: Path) -> list[tuple[str, str]]:
    """Runs over all pairs of documents and images; the pairs that had to be judged."""
    ask(graph, "MATCH (d:Document), (i:Image) MERGE (d)-[:CANDIDATE_IMAGE]->(i)")
    scorer = TableScorer()
    run_table(graph, root, scorer)
    return scorer.asked


def say(graph: Graph, document: str, image: str, decision: Decision) -> None:
    review(graph, DocumentId(document), ImageId(image), Saying(decision, "lin"))


def call_as_before(graph: Graph) -> None:
    """Gives everything the ids and keys of release 0.1.0, whose files have no scheme."""
    for now in sorted(FORMER, key=lambda one: -len(FORMER[one])):
        ask(
            graph,
            "MATCH (d:Document {id: $now}) SET d.id = $former "
            "WITH d MATCH (f:LoadedFile {path: 'f.md'}) REMOVE f.scheme "
            "SET f.documents = [one IN f.documents | CASE one WHEN $now THEN $former ELSE one END],"
            " f.linking = [one IN f.linking | CASE one WHEN $now THEN $former ELSE one END]",
            now=now,
            former=FORMER[now],
        )


def test_a_folder_of_the_former_ids_keeps_every_word_and_judges_nothing(
    graph: Graph, root: Path
) -> None:
    call_as_before(graph)
    assert {*FORMER.values()} <= {*documents(graph)}
    assert len(judge(graph, root)) == 10
    say(graph, FORMER[RED], B, Decision.REJECT)
    say(graph, FORMER[GREEN], A, Decision.REJECT)
    say(graph, FORMER["docs/f.md#Lamps (2)"], B, Decision.REJECT)
    former = evidence(graph)
    assert len(former) == 7
    texts = documents(graph)

    assert load(graph, root).opened == 1
    names = {was: now for now, was in FORMER.items()}
    expected = {(names.get(str(d), d), i): score for (d, i), score in former.items()}
    assert evidence(graph) == expected
    assert documents(graph) == {names.get(d, d): text for d, text in texts.items()}
    assert references(graph) == {(RED, A), (GREEN, B)}
    assert judge(graph, root) == []
    assert evidence(graph) == expected
    rows = ask(graph, "MATCH (w:EvidenceReview) RETURN w.document AS d, w.image AS i")
    words = {(row["d"], row["i"]) for row in rows}
    assert words == {(RED, B), (GREEN, A), ("docs/f.md#Lamps (2)", B)}
    keys = ask(graph, "MATCH (l:EvidenceLedger) RETURN l.key AS key, l.document AS d")
    assert {row["key"] for row in keys} == {
        ledger_key(DocumentId(d), SOURCE) for d in documents(graph)
    }
    edges = ask(graph, "MATCH (d)-[r:HAS_EVIDENCE]->(i) RETURN r.key AS k, d.id AS d, i.id AS i")
    assert all(row["k"] == evidence_key(row["d"], row["i"], SOURCE) for row in edges)

    settled = snapshot(graph, "EnrichmentRun", "EnrichmentJob")
    again = load(graph, root)
    assert (again.opened, again.gone) == (0, 0)
    assert snapshot(graph, "EnrichmentRun", "EnrichmentJob") == settled


def test_an_equal_heading_above_takes_no_word_away_and_carries_none_to_another_text(
    graph: Graph, root: Path
) -> None:
    judge(graph, root)
    say(graph, name("Only"), A, Decision.REJECT)
    before = evidence(graph)
    alone = name("Only", "alone")
    text = TEXT.replace(HEAD, HEAD + "## Only\n\nnew\n")
    lay_out(root, {"docs/f.md": text})
    assert load(graph, root, prune=True).removed == 0
    assert sorted(d for d, _ in judge(graph, root)) == [name("Only", "new")] * 2
    after = evidence(graph)
    assert {i for d, i in after if d == alone} == {B}
    assert {i for d, i in after if d == name("Only", "new")} == {A, B}
    assert len(after) == len(before) + 2

    lay_out(root, {"docs/f.md": TEXT})
    assert load(graph, root, prune=True).removed == 1
    assert judge(graph, root) == []
    assert evidence(graph) == before


def test_a_text_that_changed_keeps_the_words_that_block(graph: Graph, root: Path) -> None:
    """What was counted is found by its place, as long as the file is the same."""
    call_as_before(graph)
    ask(graph, "MATCH (d:Document {id: $id}) SET d.text = 'as it was read once'", id=FORMER[GREEN])
    judge(graph, root)
    say(graph, FORMER[GREEN], B, Decision.REJECT)
    load(graph, root)
    assert documents(graph)[GREEN] == ("T / Lamps", "green")
    assert {d for d, _ in judge(graph, root)} == {GREEN}
    assert {i for d, i in evidence(graph) if d == GREEN} == {A}


def test_an_id_that_somebody_else_has_is_not_taken(graph: Graph, root: Path) -> None:
    ask(
        graph, "CREATE (:Document {id: $id, title: 'mine', text: 'mine'})", id=name("Only", "alone")
    )
    lay_out(root, {"docs/f.md": TEXT.replace(HEAD, HEAD + "## Only\n\nnew\n")})
    assert load(graph, root).gone == 1
    assert name("Only") in documents(graph)


def test_a_folder_that_was_away_for_a_night_loses_no_word(graph: Graph, root: Path) -> None:
    judge(graph, root)
    say(graph, GREEN, A, Decision.REJECT)
    before = evidence(graph)
    assert (GREEN, A) not in before
    files = {file: file.read_bytes() for file in (root / "docs").iterdir()}
    for file in files:
        file.unlink()
    # A folder with nothing in it is refused; one with something else is not.
    lay_out(root, {"docs/other.md": "# Else\n\nwhere"})
    load(graph, root, prune=True)
    assert {*documents(graph)} == {"docs/other.md"}
    (root / "docs/other.md").unlink()
    for file, data in files.items():
        file.write_bytes(data)
    load(graph, root, prune=True)
    assert judge(graph, root) == []
    assert evidence(graph) == before
