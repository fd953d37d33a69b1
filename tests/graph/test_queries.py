"""Query files: valid on this server under both languages, and safe with any names."""

import re
from pathlib import Path

import pytest

from kg_enrich.errors import SettingsError
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import Query, query, quote, render
from kg_enrich.names import Names
from kg_enrich.resources import CYPHER
from tests.support.graphs import ask

FILES = sorted(CYPHER.glob("*.cypher"))
STRANGE = Names(
    document_label="概念 `Concept`",
    document_key="概念 id",
    document_title="name",
    document_text="body-text",
    document_version="rev",
    image_label="Picture",
    image_key="`` RETURN 1 //",
    image_path="$path",
    image_caption="{caption}",
    image_version="sha-256",
    evidence_type="ILLUSTRATES CONCEPT",
    reference_type="说明`s",
    document_embedding="vector (v2)",
    container_label="文件夹",
    container_key="folder no.",
    container_type=("holds `doc`", "显示"),
    chunk_label="Text|Part",
    chunk_type="`OF",
    chunk_text="part\ntext",
    chunk_order="第几",
)


def test_there_are_queries() -> None:
    assert len(FILES) > 30


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_says_what_it_is_for(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.startswith("// Purpose: ")
    assert "\n// Parameters: " in text
    assert "\n// Columns: " in text


def begun(text: str) -> str:
    """A whole query: one that goes on from another's rows says from which."""
    if "\n// Continues: " not in text:
        return text
    # The comments of a file stand before its first clause.
    place = re.search(r"^(?!//)", text, re.MULTILINE)
    assert place
    return f"{text[: place.start()]}MATCH (node) WITH node, 1.0 AS score\n{text[place.start() :]}"


@pytest.mark.parametrize("language", ["CYPHER 5", "CYPHER 25"])
@pytest.mark.parametrize("names", [Names(), STRANGE], ids=["default", "strange"])
def test_every_file_is_valid(graph: Graph, names: Names, language: str) -> None:
    if language == "CYPHER 25" and graph.server().version.startswith("5."):
        pytest.skip("the LTS knows Cypher 5 only")
    for file in FILES:
        text = begun(render(query(file.stem), names))
        # Names may look like parameters; those are not.
        unquoted = re.sub(r"`(?:[^`]|``)*`", "", text)
        parameters = dict.fromkeys(re.findall(r"\$(\w+)", unquoted))
        # EXPLAIN checks a statement of a schema without running it, too.
        graph.explain(text, language, **parameters)


def test_default_names_change_nothing_but_the_quotes() -> None:
    text = render(Query("test", "MATCH (d:`Document`) WHERE d.`id` = $id RETURN d.`text`"), Names())
    assert text == "MATCH (d:`Document`) WHERE d.`id` = $id RETURN d.`text`"


def test_only_the_marked_places_are_replaced() -> None:
    template = "MATCH (d:`Document` {`id`: row.id})-[:`HAS_EVIDENCE`]->(i:`Image`) " \
        "SET d.`title` = 'Document', i.`caption` = i.id, d.title = 1, x.`id` = 2"  # fmt: skip
    assert render(Query("test", template), STRANGE) == (
        "MATCH (d:`概念 ``Concept``` {`概念 id`: row.id})-[:`ILLUSTRATES CONCEPT`]->(i:`Picture`) "
        "SET d.`name` = 'Document', i.`{caption}` = i.id, d.title = 1, x.`id` = 2"
    )


def test_a_version_that_does_not_exist_is_null() -> None:
    assert render(Query("test", "RETURN d.`version`, i.`version`"), Names()) == "RETURN null, null"


@pytest.mark.parametrize("name", ["a`b", "``", "a` {x: 1}) DETACH DELETE (n", "\\", "a\\`"])
def test_a_quoted_name_stays_a_name(graph: Graph, name: str) -> None:
    ask(graph, f"CREATE (:{quote(name)} {{{quote(name)}: 1}})")
    rows = ask(graph, f"MATCH (n:{quote(name)}) RETURN labels(n) AS labels, keys(n) AS keys")
    assert rows == [{"labels": [name], "keys": [name]}]


# Cypher turns \u0060 into a back-quote wherever it stands, so that it would end the name.
@pytest.mark.parametrize("name", ["", "a\x00b", "x" * 201, "\\u0060) DETACH DELETE (n"])
def test_unusable_names_are_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="KG_ENRICH_IMAGE_LABEL"):
        Names(image_label=name)
    with pytest.raises(SettingsError):
        quote(name)


def test_an_unknown_query_fails_at_once() -> None:
    with pytest.raises(FileNotFoundError):
        query("no_such_query")
