"""The report's pictures and what audits say in it, without a graph."""

import html
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from kg_enrich.evidence.models import Policy
from kg_enrich.evidence.unreadable import UnreadableImages
from kg_enrich.measure import status as audits
from kg_enrich.measure.reliability import reliability
from kg_enrich.measure.sampled import Sampled
from kg_enrich.measure.status import AuditStatus, Statement
from kg_enrich.measure.thresholds import Threshold
from kg_enrich.models import DocumentId
from kg_enrich.report.cards import Card, CardImage, render_card
from kg_enrich.report.figures import Axis, Part, curve, histogram, shares
from kg_enrich.report.gathering import Coverage, Pair, Report
from kg_enrich.report.quality import draw_precision, render_quality
from kg_enrich.report.rendering import render_report


def sampled(stratum: int, log_odds: float, right: float, many: int) -> list[Sampled]:
    one = Sampled(DocumentId("d"), 0, stratum, 0, log_odds, 0.5, 0.1, right)
    return [one] * many


def test_pictures_are_well_formed_and_drawn_to_scale() -> None:
    bars = ElementTree.fromstring(histogram([4, 0, 200], [0, 0, 100], 5.0))
    heights = [float(bar.attrib["height"]) for bar in bars.findall("rect")]
    assert heights[2] == 2 * heights[5] > 30 * heights[0] > 0 == heights[1]
    bar = ElementTree.fromstring(shares([Part("<a>", 3, "accent"), Part("b", 1, "rest")]))
    assert [float(one.attrib["width"]) for one in bar] == [538, 178]
    line = ElementTree.fromstring(
        curve([(0, 0), (1, 1)], [(0, 0, 0.5), (1, 0.5, 1)], "n", Axis("x"))
    )
    assert [part.tag for part in line if part.tag.startswith("poly")] == ["polygon", "polyline"]
    for empty in (histogram([0] * 20, [0] * 20, 10.0), shares([]), curve([])):
        ElementTree.fromstring(empty)


def test_an_audit_is_shown_as_far_as_it_is_answered() -> None:
    answered = sampled(7, 2.0, 1.0, 6) + sampled(7, 2.0, 0.0, 2) + sampled(2, -2.0, 0.0, 5)
    groups = reliability([*answered, *sampled(4, 0.0, 1.0, 2)], Policy())
    assert [(one.right, one.answers) for one in groups] == [(0.0, 5), (0.75, 8)]
    assert groups[1].confidence == pytest.approx(0.8808, abs=1e-4)
    rows = (
        Threshold(9.0, 20, 0.5, 0.95, 0.8, 30, 29, 0.4),
        Threshold(5.0, 40, 1.0, 0.8, 0.6, 50, 40, 0.6),
        Threshold(1.0, 90, 2.0, float("nan"), 0.0, 0, 0, 0.9),
    )
    status = AuditStatus(
        "id", "s", "", 100, 13, 87, 0, audits.Coverage(90, 90, 40, 40), rows, None,
        (Statement("precision", "precision <b>0.9</b> is not shown", 12),), (), 5.0, rows,
        tuple(groups),
    )  # fmt: skip
    page = render_quality(status)
    assert page.count("<svg") == 2
    assert "Precision &lt;b&gt;0.9" in page
    assert "12 more answers" in page
    # How many answers stand behind each point.
    assert {">5<", ">8<"} <= set(re.findall(r">\d+<", page))
    assert render_quality(replace(status, reliability=())).count("<svg") == 1
    drawn = ElementTree.fromstring(draw_precision(rows, "n", "x", kept=True, chosen=7.5))
    kept, precision = drawn.findall("polyline")
    assert [kept.attrib["class"], precision.attrib["class"]] == ["line other", "line"]
    # Half of today's evidence is left at a score of 9, all of it at 5.
    assert [point.split(",")[1] for point in kept.attrib["points"].split()] == ["26.0", "151.0"]
    assert [one.attrib["transform"] for one in drawn.findall("line[@class='chosen']")] == [
        "translate(187.5)"
    ]


def test_five_hundred_pairs_can_be_mailed() -> None:
    # As large as a picture may be on average: see `api.reporting`.
    picture = "data:image/webp;base64," + "A" * 17_000
    pair = Pair("d", "长" * 5000, "i", 9.0, "matches: " + "x" * 5000, picture)
    coverage = Coverage(0, 0, 0, 0, 0, 0)
    nothing = UnreadableImages(0, 0, [])
    report = Report(
        "s", "bolt://x", Policy(), coverage, (0,) * 20, (0,) * 20, {}, None,
        (pair,) * 250, (pair,) * 250, (), 0, (), nothing,
    )  # fmt: skip
    assert 8_000_000 < len(render_report(report).encode()) < 10_000_000


def test_markdown_of_a_card_is_text_and_pictures_alone() -> None:
    hostile = "<script>x</script> ](javascript:x) [a](http://b) ![c](d) `e` *f* | \\ 阀门"
    path = "a (1)/>b.png"
    image = CardImage("i", path, hostile, 9.4, hostile, "s", "")
    rendered = MarkdownIt().render(render_card(Card("d", hostile, (image, image)), "markdown"))
    tags = re.findall(r"<(/?\w+)", rendered)
    assert {*tags} == {"h1", "/h1", "p", "/p", "img", "strong", "/strong"}
    assert re.findall(r'src="([^"]*)"', rendered) == ["a%20%281%29/%3Eb.png"] * 2
    shown = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", rendered)).split())
    assert shown.count(" ".join(hostile.split())) == 3
    assert render_card(Card("d", "", ()), "markdown").startswith("# d\n")
