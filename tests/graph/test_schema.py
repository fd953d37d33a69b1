"""The schema that follows the user's names, on a real graph."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kg_enrich.errors import GraphBehindError, GraphError, SettingsError
from kg_enrich.graph import migrations, schema
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.explained import Server
from kg_enrich.graph.indexes import read_indexes
from kg_enrich.graph.queries import quote
from kg_enrich.names import Names
from tests.support.graphs import ask
from tests.support.neo4j_server import Neo4jServer

EVERYTHING = [need.what for need in schema.needs(Names())]
RENAMED = Names(
    document_label="Con`cept 概念",
    document_key="concept id",
    image_label="Picture",
    image_key="No.",
    image_caption="说明",
    evidence_type="ILLUSTRATES CONCEPT",
)


def states(graph: Graph) -> set[tuple[str, str | None]]:
    return {(item.need.what, item.state) for item in schema.plan(graph)}


def test_everything_missing_is_made_once(bare: Graph) -> None:
    assert states(bare) == {(what, None) for what in EVERYTHING}
    assert schema.ensure(bare) == EVERYTHING
    assert states(bare) == {(what, "ONLINE") for what in EVERYTHING}
    assert schema.ensure(bare) == []


def test_planning_changes_nothing(bare: Graph) -> None:
    before = served(bare)
    schema.plan(bare)
    assert served(bare) == before


def test_the_users_labels_get_indexes_but_no_constraint(bare: Graph) -> None:
    ask(bare, "UNWIND [1, '1', 'twice', 'twice'] AS id CREATE (:Document {id: id})")
    schema.ensure(bare)
    ask(bare, "CREATE (:Document {id: 'twice'}), (:Image {id: 1}), (:Image {id: 1})")
    constrained = [row["labels"] for row in read_indexes(bare) if row["constraint"]]
    assert ["HAS_EVIDENCE"] in constrained
    assert ["Document"] not in constrained
    assert ["Image"] not in constrained


def test_two_edges_of_one_key_are_impossible(bare: Graph) -> None:
    schema.ensure(bare)
    with pytest.raises(GraphError, match="ConstraintValidationFailed"):
        ask(bare, "CREATE (a)-[:HAS_EVIDENCE {key: 'k'}]->(b)-[:HAS_EVIDENCE {key: 'k'}]->(a)")


def test_edges_that_share_a_key_are_named(bare: Graph) -> None:
    ask(bare, "CREATE (a)-[:HAS_EVIDENCE {key: 'k'}]->(b)-[:HAS_EVIDENCE {key: 'k'}]->(a)")
    with pytest.raises(GraphError, match=r"Both Relationship\(.*`key` = 'k'"):
        schema.ensure(bare)


def test_the_caption_cannot_be_where_our_text_goes() -> None:
    with pytest.raises(SettingsError, match="KG_ENRICH_IMAGE_CAPTION"):
        Names(image_caption="ocrText")


def test_what_already_serves_is_used(bare: Graph) -> None:
    bare.define("CREATE CONSTRAINT theirs_one FOR (n:Document) REQUIRE n.id IS UNIQUE")
    bare.define("CREATE RANGE INDEX theirs_two FOR (n:Image) ON (n.id)")
    bare.define(
        "CREATE FULLTEXT INDEX theirs_three FOR (n:Image) ON EACH [n.title, n.ocrText, n.caption] "
        "OPTIONS {indexConfig: {`fulltext.analyzer`: 'cjk'}}"
    )
    bare.define("CREATE CONSTRAINT theirs_four FOR ()-[r:HAS_EVIDENCE]-() REQUIRE r.key IS UNIQUE")
    bare.define("CREATE RANGE INDEX theirs_five FOR (n:Image) ON (n.imageHash)")
    before = served(bare)
    assert schema.ensure(bare) == []
    assert schema.fulltext_index(bare) == "theirs_three"
    assert served(bare) == before


def served(graph: Graph) -> list[Row]:
    """The indexes, all online, without those of the migrations' lock, which comes and goes."""
    ask(graph, "CALL db.awaitIndexes(60)")
    return [row for row in read_indexes(graph) if "Migrations" not in row["name"]]


def test_an_index_over_something_else_does_not_serve(bare: Graph) -> None:
    bare.define("CREATE RANGE INDEX FOR (n:Document) ON (n.id, n.title)")
    bare.define("CREATE RANGE INDEX FOR (n:Image) ON (n.caption, n.ocrText)")
    bare.define("CREATE TEXT INDEX FOR (n:Image) ON (n.id)")
    bare.define("CREATE FULLTEXT INDEX FOR (n:Image|Other) ON EACH [n.caption, n.ocrText]")
    assert schema.ensure(bare) == EVERYTHING


@pytest.mark.parametrize(
    "definition",
    [
        "CREATE FULLTEXT INDEX theirs FOR (n:Image) ON EACH [n.caption, n.ocrText]",
        "CREATE RANGE INDEX theirs FOR ()-[r:HAS_EVIDENCE]-() ON (r.key)",
    ],
)
def test_an_index_in_the_way_is_named(definition: str, bare: Graph) -> None:
    bare.define(definition)
    with pytest.raises(GraphError, match=r"Index theirs stands in the way.*DROP INDEX `theirs`"):
        schema.ensure(bare)
    bare.define("DROP INDEX theirs")
    assert schema.ensure(bare) == EVERYTHING


def test_a_crash_in_the_middle_of_the_constraint_is_survived(bare: Graph) -> None:
    # A killed CREATE CONSTRAINT leaves its index, which no constraint owns.
    need = schema.needs(Names())[-1]
    bare.define(f"CREATE RANGE INDEX {need.name} FOR ()-[r:HAS_EVIDENCE]-() ON (r.key)")
    assert (need.what, None) in states(bare)
    assert need.what in schema.ensure(bare)
    assert (need.what, "ONLINE") in states(bare)


def test_two_at_once_make_everything_once(bare: Graph) -> None:
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: schema.ensure(bare), range(2)))
    assert sorted(results) == [[], EVERYTHING]


def test_a_name_that_belongs_to_another_index_is_noticed(bare: Graph) -> None:
    need = schema.needs(Names())[0]
    bare.define(f"CREATE RANGE INDEX {quote(need.name)} FOR (n:Other) ON (n.id)")
    with pytest.raises(GraphError, match=f"{need.what} was not made.*{need.name}"):
        schema.ensure(bare)


def test_an_index_that_fails_is_named_with_the_servers_reason(bare: Graph) -> None:
    ask(bare, "UNWIND range(1, 40000) AS x WITH collect('x') AS xs "
        "CREATE (:Document {id: reduce(id = '', x IN xs | id + x)})")  # fmt: skip
    name = schema.needs(Names())[0].name
    with pytest.raises(GraphError, match=rf"Document\.id failed \(.*too large.*`{name}`"):
        schema.ensure(bare)


def test_names_of_any_script_are_followed(server: Neo4jServer, bare: Graph) -> None:
    schema.ensure(bare)
    with Graph(*server, names=RENAMED) as graph:
        assert schema.ensure(graph) == [need.what for need in schema.needs(RENAMED)]
        assert {state for _, state in states(graph)} == {"ONLINE"}
        assert schema.fulltext_index(graph) != schema.fulltext_index(bare)
        rows = read_indexes(graph)
    assert ["Con`cept 概念"] in [row["labels"] for row in rows]


def test_the_text_index_finds_chinese_words(bare: Graph) -> None:
    schema.ensure(bare)
    ask(bare, "CREATE (:Image {id: 'a', caption: '服务器红灯报警'}), (:Image {id: 'b'})")
    index = schema.fulltext_index(bare)
    rows = ask(
        bare,
        f"CALL db.index.fulltext.queryNodes('{index}', '红灯') YIELD node RETURN node.id AS id",
    )
    assert rows == [{"id": "a"}]


def test_a_graph_that_is_behind_is_refused_with_the_command_to_run(
    server: Neo4jServer, bare: Graph
) -> None:
    with pytest.raises(GraphBehindError, match=r"no full-text index.*`kg-enrich migrate`"):
        schema.fulltext_index(bare)
    with pytest.raises(GraphBehindError, match=r"V0001.*Document\.id.*run `kg-enrich migrate`"):
        schema.require_current(bare)
    schema.ensure(bare)
    with pytest.raises(GraphBehindError, match=r"lacks V0001__constraints\.cypher, .*: run"):
        schema.require_current(bare)
    migrations.apply(bare, migrations.load())
    schema.require_current(bare)
    with Graph(*server, names=RENAMED) as graph, pytest.raises(GraphBehindError, match="概念"):
        schema.require_current(graph)


def test_a_graph_that_is_ahead_is_refused(bare: Graph) -> None:
    later = migrations.parse("V9999__later.cypher", "CREATE (:Later);\n")
    migrations.apply(bare, (*migrations.load(), later))
    schema.ensure(bare)
    with pytest.raises(GraphBehindError, match="update kg-enrich"):
        schema.require_current(bare)


@pytest.mark.parametrize("version", ["4.4.40", "5.25.1", "5.9.0", "unknown"])
def test_an_older_server_is_refused(version: str) -> None:
    with pytest.raises(GraphError, match=rf"is version {version}: kg-enrich needs 5\.26"):
        schema.require_supported(Server(version, "community", "neo4j", "bolt://there"))


@pytest.mark.parametrize("version", ["5.26.0", "5.26.30", "5.27.0-aura", "2025.01.0", "2026.08.1"])
def test_a_newer_server_is_welcome(version: str) -> None:
    schema.require_supported(Server(version, "community", "neo4j", "bolt://there"))
