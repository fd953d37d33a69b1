"""What of retrieval needs no graph: words of a question, names, and the extra that it needs."""

import sys

import pytest

from kg_enrich import retrieval
from kg_enrich.errors import SettingsError
from kg_enrich.names import Names


def test_a_question_is_asked_for_by_its_words_in_both_scripts() -> None:
    given = retrieval.retrieval_parameters("Is the V-7 valve of 压缩机 leaking?", lift=0.5)
    assert given["lift"] == 0.5
    words = {spellings[0]: spellings for spellings in given["terms"]}
    assert {"valve", "leaking", "压缩"} <= set(words)
    assert not {"is", "the", "of"} & set(words)
    assert words["压缩"] == ["压缩", "壓縮"]
    assert retrieval.retrieval_parameters("?")["terms"] == []


def test_the_query_takes_the_users_names() -> None:
    text = retrieval.retrieval_query(Names(evidence_type="SHOWS", chunk_text="body"))
    assert "-[r:`SHOWS`]->" in text
    assert "c.`body`" in text


def test_without_the_extra_it_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in sys.modules if one.startswith("kg_enrich.retrieval.")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("items", "retriever"):
        monkeypatch.delattr(retrieval, name, raising=False)
    for name in [one for one in sys.modules if one.partition(".")[0] == "neo4j_graphrag"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "neo4j_graphrag", None)
    with pytest.raises(SettingsError, match=r"pip install 'kg-enrich\[rag\]'"):
        _ = retrieval.EvidenceRetriever
