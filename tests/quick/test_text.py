"""Terms, and how common they are."""

import pickle
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg_enrich.errors import ScorerError
from kg_enrich.plain_text import simplified, traditional
from kg_enrich.text import (
    CorpusStatistics,
    is_stop_word,
    rarest_terms,
    squeezed,
    terms,
    words,
    written_terms,
)

TEXTS = ["PLC fault ERR-42", "PLC start", "红灯告警", "start the line"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The PLC stops.", ["the", "plc", "stops"]),
        ("ERR-42", ["err-42", "err", "42"]),
        ("well-known", ["well", "known"]),
        ("max_retries", ["max_retries", "max", "retries"]),
        ("emailAlert HTTPServer", ["emailalert", "email", "alert", "httpserver", "http", "server"]),
        ("红灯告警", ["红灯", "灯告", "告警"]),
        ("按 RUN 键", ["按", "run", "键"]),
        ("ＰＬＣ３ Straße", ["plc3", "plc", "strasse"]),
        ("Привет, мир", ["привет", "мир"]),
        ("… — !? ()", []),
        ("ze\u200bro so\u00adft wo\u2060rd \ufefffirst", ["zero", "soft", "word", "first"]),
        ("<td>pump</td><td>valve</td>", ["pump", "valve"]),
        ("<p class='a b'>con<b>vey</b>or<br/>run", ["conveyor", "run"]),
        ("a < b, List<String>, <name>", ["a", "b", "list", "string", "name"]),
        ("R&amp;D&nbsp;&#x4e2d;&bogus;", ["r", "d", "中", "bogus"]),
        ("<!-- hidden --><script>var x</script>seen", ["seen"]),
        ("機房紅燈", ["机房", "房红", "红灯"]),
        ("Ｆ－４２", ["f-42", "f", "42"]),
    ],
)
def test_terms(text: str, wanted: list[str]) -> None:
    assert terms(text) == wanted


def test_a_term_keeps_how_it_was_written() -> None:
    assert list(written_terms("ERR-42 红灯")) == [
        ("err-42", "ERR-42"),
        ("err", "ERR"),
        ("42", "42"),
        ("红灯", "红灯"),
    ]


def test_both_chinese_scripts_have_the_same_terms_and_keep_their_writing() -> None:
    assert terms("紅燈告警") == terms("红灯告警")
    assert list(written_terms("紅燈")) == [("红灯", "紅燈")]
    assert squeezed("紅 燈") == squeezed("红灯")
    assert traditional("红灯 RUN") == "紅燈 RUN"


@given(st.text())
def test_folding_keeps_the_length(text: str) -> None:
    assert len(simplified(text)) == len(traditional(text)) == len(text)


def test_squeezed_text_is_the_same_with_and_without_spaces() -> None:
    assert squeezed("Create Project: 新建 项目") == squeezed("createproject新建项目")


@given(st.text())
def test_words_are_among_the_terms(text: str) -> None:
    assert set(words(text)) <= set(terms(text))


def test_document_frequency_counts_texts_not_occurrences() -> None:
    statistics = CorpusStatistics.from_texts(["plc plc plc", *TEXTS])
    assert statistics.documents == 5
    assert statistics.document_frequency["plc"] == 3
    assert statistics.idf("nowhere") > statistics.idf("err") > statistics.idf("plc") > 1.0


@given(st.lists(st.sampled_from(TEXTS)), st.randoms())
def test_the_order_of_texts_does_not_matter(texts: list[str], random: Random) -> None:
    shuffled = list(texts)
    random.shuffle(shuffled)
    one, other = CorpusStatistics.from_texts(texts), CorpusStatistics.from_texts(shuffled)
    assert one == other
    assert one.to_bytes() == other.to_bytes()
    assert CorpusStatistics.from_bytes(one.to_bytes()) == one


def test_the_version_changes_with_the_corpus() -> None:
    whole = CorpusStatistics.from_texts(TEXTS)
    assert whole.version != CorpusStatistics.from_texts(TEXTS[1:]).version
    halves = CorpusStatistics.from_texts(TEXTS[:2]), CorpusStatistics.from_texts(TEXTS[2:])
    assert halves[0].merged(halves[1]) == whole


def test_of_too_many_terms_the_commonest_are_kept() -> None:
    texts = [f"common shared{number % 3} only{number}" for number in range(50)]
    kept = CorpusStatistics.from_texts(iter(texts), max_terms=6).document_frequency
    assert len(kept) == 6
    assert kept["common"] == 50
    assert CorpusStatistics.from_texts(texts).document_frequency["only7"] == 1


@pytest.mark.parametrize("data", [b"", b"x", b"x\x9c\x03\x00\x00\x00\x00\x01"])
def test_damaged_statistics_name_the_command_that_renews_them(data: bytes) -> None:
    with pytest.raises(ScorerError, match="refresh-corpus"):
        CorpusStatistics.from_bytes(data)


def test_the_rarest_terms_come_first() -> None:
    statistics = CorpusStatistics.from_texts([*TEXTS, "start", "motor"])
    text = "Start the PLC: motor ERR, motor, 红灯, a 7"
    assert rarest_terms(text, statistics, 10) == ["motor", "err", "红灯", "plc", "start"]
    assert rarest_terms(text, statistics, 2) == ["motor", "err"]
    assert rarest_terms(text, None, 10) == ["motor", "start", "plc", "err", "红灯"]


@given(st.text(), st.integers(0, 20))
def test_rarest_terms_are_distinct_terms_of_the_text(text: str, limit: int) -> None:
    found = rarest_terms(text, None, limit)
    assert len(found) == len(set(found)) <= limit
    assert set(found) <= set(terms(text))


_WORDS = (
    "motor", "Motor", "plc", "err-42", "wE7", "E7", "7", "the", "红灯告警", "红灯", "紅燈",
    "errMotor" * 10,
)  # fmt: skip


@given(st.lists(st.sampled_from(_WORDS)))
def test_rarest_terms_are_what_sorting_all_of_them_gives(found: list[str]) -> None:
    text = " ".join(found)
    statistics = CorpusStatistics.from_texts(["motor err", "motor plc 42", "红灯 e7", "告警 w"])
    frequency = statistics.document_frequency
    counts = Counter(t for t in terms(text) if not is_stop_word(t))
    ordered = sorted(counts, key=lambda term: (frequency.get(term, 0), -counts[term]))
    for limit in range(len(ordered) + 2):
        assert rarest_terms(text, statistics, limit) == ordered[:limit]
    assert rarest_terms(text, pickle.loads(pickle.dumps(statistics)), 99) == ordered
