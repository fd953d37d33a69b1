"""The CPU scorer on drawn pictures, and its judgement of texts as OCR would read them."""

import math
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_enrich.images.decoding import DecodeLimits
from kg_enrich.images.ocr import OcrReader
from kg_enrich.models import Document, DocumentId, Judgement, Outcome, Pair
from kg_enrich.scorers import lexical
from kg_enrich.scorers.ocr import OcrScorer, fitted_model
from kg_enrich.text import CorpusStatistics
from tests.quick.test_ocr import draw

FAULT = Document(
    DocumentId("fault"),
    "Fault report: filling line stops",
    "The PLC module in cabinet 7 shows ERR-42 and its red lamp is lit. Acknowledge the fault at the"
    " operator panel, then restart the conveyor and write the pressure into the shift log.",
    "1",
)
ALARM = Document(
    DocumentId("alarm"),
    "机房红灯告警处理",
    "巡检时发现服务器前面板红灯常亮，先在告警中心核对编号 SRV-07，再更换电源模块 PSU2，"
    "更换后观察风扇转速和进风温度，最后关闭告警并填写值班记录。",
    "1",
)
STATISTICS = CorpusStatistics.from_texts(f"{d.title}\n{d.text}" for d in (FAULT, ALARM))
MODEL = fitted_model()
LEXICON = lexical.Lexicon(MODEL.statistics.merged(STATISTICS))


def log_odds(document: Document, lines: Sequence[str]) -> float:
    told, seen = LEXICON.document(document.title, document.text), LEXICON.image(lines)
    return MODEL.log_odds(lexical.features(told, seen, LEXICON))


def matches(document: Document, lines: Sequence[str], limit: int = 5) -> list[str]:
    told, seen = LEXICON.document(document.title, document.text), LEXICON.image(lines)
    return lexical.matching_words(told, seen, LEXICON, limit)


@pytest.mark.parametrize(
    ("own", "other", "lines"),
    [
        (FAULT, ALARM, ["PLC module", "ERR-42", "RUN", "STOP"]),
        (FAULT, ALARM, ["Operator panel", "Acknowledge", "Restart conveyor"]),
        (ALARM, FAULT, ["告警中心", "SRV-07", "电源模块故障"]),
        (ALARM, FAULT, ["前面板", "红灯常亮", "PSU2"]),
    ],
)
def test_the_document_an_image_belongs_to_gets_the_better_score(
    own: Document, other: Document, lines: list[str]
) -> None:
    assert log_odds(own, lines) > 0 > log_odds(other, lines)


@pytest.mark.parametrize("lines", [["OK"], ["07"], ["the"], ["更换"], ["Panel 3"], ["fault"]])
def test_a_few_common_letters_never_come_near_even_odds(lines: list[str]) -> None:
    for document in (FAULT, ALARM):
        assert log_odds(document, lines) < -0.8


def test_lost_spaces_do_not_lose_the_match() -> None:
    assert log_odds(FAULT, ["Acknowledge the fault at the operator panel"]) > 0
    assert log_odds(FAULT, ["Acknowledgethefaultatthe operatorpanel"]) > log_odds(
        FAULT, ["Subscribetothenewsletterof thegardenclub"]
    )


def test_a_word_that_is_tiled_all_over_a_picture_is_no_match() -> None:
    plain, tiled = ["Pump", "Valve"], ["Pump", "Valve", *["ERR-42"] * 9]
    assert log_odds(FAULT, [*plain, "ERR-42"]) > log_odds(FAULT, plain) + 0.5
    assert log_odds(FAULT, tiled) == pytest.approx(log_odds(FAULT, plain))


def test_what_an_image_has_and_the_document_lacks_counts_against_it() -> None:
    """A sibling's window has the same words, and words of its own that the corpus knows."""
    own = ["Operator panel", "Acknowledge", "Restart conveyor"]
    assert log_odds(FAULT, own) > log_odds(FAULT, [*own, "Save project", "Install module"])


def test_a_heading_counts_where_other_words_support_it() -> None:
    heading, window = FAULT.title, ["PLC module", "ERR-42", "Acknowledge", "conveyor"]
    told = LEXICON.document(FAULT.title, FAULT.text)

    def values(*lines: str) -> dict[str, float]:
        found = lexical.features(told, LEXICON.image(lines), LEXICON)
        return dict(zip(lexical.FEATURES, found, strict=True))

    painted, supported = values(heading), values(heading, *window)
    assert (painted["title"], painted["lines"]) == (0.0, 0.0)
    assert 0.0 < values(heading, window[2])["title"] < supported["title"] == 1.0
    # Neither does the heading count as a line with a little more, nor a part of it.
    assert values(f"1. {heading}", heading[:12])["lines"] == 0.0
    assert log_odds(FAULT, [heading, *window]) > log_odds(FAULT, window)


def test_both_chinese_scripts_match_and_are_shown_as_written() -> None:
    assert matches(ALARM, ["紅燈常亮", "更換電源"]) == ["紅燈常亮", "更換電源"]
    assert log_odds(ALARM, ["紅燈常亮"]) == log_odds(ALARM, ["红灯常亮"])


def test_matches_are_the_rarest_words_as_the_image_writes_them() -> None:
    lines = ["PLC: ERR-42", "the red lamp", "PLC", "Unrelated"]
    assert matches(FAULT, lines) == ["PLC", "ERR-42", "lamp", "red"]
    assert matches(FAULT, lines, limit=2) == ["PLC", "ERR-42"]
    lines = ["灯泡", "红灯常亮！", "PSU2", "更换编号"]
    assert matches(ALARM, lines) == ["红灯常亮", "更换", "编号", "PSU2"]
    assert matches(ALARM, ["nothing in common"]) == []


def test_features_have_the_names_and_ranges_they_say() -> None:
    told = LEXICON.document(FAULT.title, FAULT.text)
    same = LEXICON.image([FAULT.title, *FAULT.text.split(". ")])
    values = dict(zip(lexical.FEATURES, lexical.features(told, same, LEXICON), strict=True))
    for name in ("words", "trigrams", "fourgrams"):
        assert 0.3 < values[name] < 1.0
    assert values["title"] == 1.0
    nothing = LEXICON.image(["完全无关"])
    assert not any(lexical.features(told, nothing, LEXICON))


@settings(deadline=None)
@given(title=st.text(max_size=50), text=st.text(), lines=st.lists(st.text(max_size=40), max_size=8))
def test_any_texts_have_a_finite_score(title: str, text: str, lines: list[str]) -> None:
    document = replace(FAULT, title=title, text=text)
    assert math.isfinite(log_odds(document, lines))
    assert len(matches(document, lines)) <= 5


def test_scores_have_the_same_bits_in_every_process() -> None:
    program = (
        "from tests.quick.test_ocr_scorer import *\n"
        "print([log_odds(d, [ALARM.text, FAULT.text]).hex() for d in (FAULT, ALARM)])"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(seen) == 1


def test_an_empty_corpus_still_scores() -> None:
    lexicon = lexical.Lexicon(CorpusStatistics.from_texts([]))
    told, seen = lexicon.document(FAULT.title, FAULT.text), lexicon.image(["PLC ERR-42"])
    assert math.isfinite(MODEL.log_odds(lexical.features(told, seen, lexicon)))


def test_judgements_of_drawn_pictures(reader: OcrReader, tmp_path: Path) -> None:
    panel = draw(tmp_path / "panel.png", "PLC module ERR-42", "Acknowledge fault")
    menu = draw(tmp_path / "menu.png", "Tuesday soup", "Wednesday pasta")
    blank, damaged = draw(tmp_path / "blank.png"), draw(tmp_path / "damaged.png", "LOST")
    damaged.file.write_bytes(b"no picture")
    images = [menu, blank, panel, damaged]
    found = OcrScorer(reader, STATISTICS).score([Pair(FAULT, image) for image in images])
    assert [(j.document, j.image) for j in found] == [(FAULT.id, image.id) for image in images]
    unrelated, wordless, evidence, unreadable = found
    assert evidence.score is not None and evidence.score > 5.0
    assert evidence.reason == "matches: PLC, ERR-42, Acknowledge, fault, module"
    assert unrelated.score is not None and unrelated.score < 0.5
    assert unrelated.reason == "no words in common"
    assert (wordless.outcome, wordless.score, wordless.log_odds, wordless.reason) == (
        Outcome.ABSTAINED,
        None,
        None,
        "no text in the image",
    )
    assert unreadable.outcome is Outcome.UNREADABLE
    assert "damaged.png" in unreadable.reason
    for judgement in (evidence, unrelated):
        assert judgement.log_odds is not None
        assert judgement.score == 10 / (1 + math.exp(-judgement.log_odds))


def test_captions_count_where_they_are_asked_for(reader: OcrReader, tmp_path: Path) -> None:
    blank = replace(draw(tmp_path / "blank.png"), caption="Fault report: ERR-42 at cabinet 7")
    panel = draw(tmp_path / "panel.png", "Operator panel", "Acknowledge")
    bare, told = OcrScorer(reader, STATISTICS), OcrScorer(reader, STATISTICS, captions=True)
    assert (bare.reads_captions, told.reads_captions) == (False, True)
    assert bare.fingerprint != told.fingerprint

    def judge(scorer: OcrScorer, caption: str) -> Judgement:
        return scorer.score([Pair(FAULT, replace(panel, caption=caption))])[0]

    wordless = bare.score([Pair(FAULT, blank)])[0]
    assert wordless.outcome is Outcome.ABSTAINED
    captioned = told.score([Pair(FAULT, blank)])[0]
    assert captioned.score is not None
    assert captioned.reason == "in its caption: Fault, ERR-42, cabinet, report"
    # Without a word in the caption, the text alone judges, and gives the very same score.
    assert judge(bare, "conveyor") == judge(bare, "") == judge(told, "") == judge(told, " - ")
    fitting, other = judge(told, "Restart the conveyor"), judge(told, "Tuesday soup")
    assert fitting.log_odds is not None and other.log_odds is not None
    assert fitting.log_odds > other.log_odds
    assert fitting.reason == (
        "matches: Acknowledge, Operator, panel; in its caption: Restart, conveyor"
    )
    # A file's name counts as a caption does, and is told apart.
    named = told.score([Pair(FAULT, replace(panel, caption="conveyor", is_named=True))])[0]
    assert named.log_odds == judge(told, "conveyor").log_odds
    assert named.reason.endswith("; in its name: conveyor")


def test_a_judgement_depends_on_its_pair_alone(reader: OcrReader, tmp_path: Path) -> None:
    one = draw(tmp_path / "one.png", "PLC module ERR-42")
    other = draw(tmp_path / "other.png", "Operator panel")
    pairs = [Pair(document, image) for document in (FAULT, ALARM) for image in (one, other)]
    together = OcrScorer(reader, STATISTICS).score(pairs)
    alone: list[Judgement] = []
    for pair in reversed(pairs):
        captioned = replace(pair, image=replace(pair.image, caption=pair.document.text))
        alone += OcrScorer(reader, STATISTICS).score([captioned])
    assert together == alone[::-1]


def test_the_fingerprint_follows_all_that_a_score_depends_on(tmp_path: Path) -> None:
    usual = OcrReader(tmp_path / "a")
    scorer = OcrScorer(usual, STATISTICS)
    assert OcrScorer(OcrReader(tmp_path / "b", 3), STATISTICS).fingerprint == scorer.fingerprint
    others = {
        OcrScorer(usual).fingerprint,
        OcrScorer(usual, CorpusStatistics.from_texts([FAULT.text])).fingerprint,
    }
    assert len(others | {scorer.fingerprint}) == 3
    # A limit decides whether a text is read, not what it says: raised, it judges nothing again.
    limited = OcrReader(tmp_path / "a", limits=DecodeLimits(max_bytes=9))
    assert OcrScorer(limited, STATISTICS).fingerprint == scorer.fingerprint


def test_shipped_statistics_hold_usual_words_alone() -> None:
    assert MODEL.statistics.documents >= 200
    assert min(MODEL.statistics.document_frequency.values()) >= 3
    for side in (MODEL.plain.text, MODEL.captioned.text, MODEL.captioned.caption):
        assert set(side) == set(lexical.FEATURES)
    assert not MODEL.plain.caption
