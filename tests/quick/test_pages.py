"""What the pages are made of, without any server."""

import json
import re
from pathlib import Path

import kg_enrich
from kg_enrich.evidence.pace import UNDOING, WAY, pace_of, undoable
from kg_enrich.service.catalogue import LANGUAGES, language_of, texts
from kg_enrich.service.reading import matched_words, read
from kg_enrich.service.rendering import _environment, local

SERVICE = Path(kg_enrich.__file__).parent / "service"


def test_both_languages_say_the_same_things_with_the_same_places() -> None:
    english, chinese = (texts(code) for code in LANGUAGES)
    assert english.keys() == chinese.keys()
    for code, text in english.items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", chinese[code]))


def test_every_text_that_a_template_names_is_there_and_none_is_left_over() -> None:
    known = set(texts("en"))
    sources = [file.read_text("utf-8") for file in SERVICE.rglob("*.html")]
    sources += [file.read_text("utf-8") for file in SERVICE.rglob("*.py")]
    whole = "\n".join(sources)
    named = set(re.findall(r"\bt\('([\w-]+)'[,)]", whole))
    assert named - known == set()
    spoken = set(re.findall(r"'([\w-]+)'|\"([\w-]+)\"", whole))
    literal = {one for pair in spoken for one in pair if one}
    prefixes = {one for one in literal if one.endswith("-")}
    made = re.findall(r"f\"error-", whole) and {"error-"}
    unused = {
        code
        for code in known - literal
        if not any(code.startswith(prefix) for prefix in prefixes | (made or set()))
    }
    assert unused == set()


def test_languages_are_chosen_as_browsers_ask() -> None:
    assert language_of(None, "zh-TW,zh;q=0.9") == "zh"
    assert language_of(None, "fr;q=1, en;q=0.2, zh;q=0.1") == "en"
    assert language_of("zh", "en") == "zh"
    assert language_of("xx", ";;;q=q,,*") == "en"


def test_only_our_own_paths_are_gone_on_to() -> None:
    assert local("/review?x=1#a") == "/review?x=1#a"
    for strange in (
        "",
        None,
        "review",
        "//evil",
        "/\\evil",
        "https://evil",
        "/a\nb",
        "/\tx",
        "/a\\b",
    ):
        assert local(strange) == "/"


def test_a_text_is_read_in_sections_and_words_are_marked_whole() -> None:
    words = matched_words(["matches: PUMP, P-204, 泵", "referenced", "matches: seal, 密封"])
    assert words == ["P-204", "PUMP", "seal", "密封"]
    reading = read("Pumps, pump.\n# A & B ##\np-204x P-204\n## 密封圈\n<i>", words)
    assert [(str(one.heading), one.level, one.marked) for one in reading.sections] == [
        ("", 1, True),
        ("A &amp; B", 1, True),
        ('<mark data-word="密封">密封</mark>圈', 2, True),
    ]
    first, second, last = (str(one.body) for one in reading.sections)
    assert first == 'Pumps, <mark data-word="pump">pump</mark>.'
    assert second == 'p-204x <mark data-word="p-204">P-204</mark>'
    assert last == "&lt;i&gt;"
    assert read("x" * 100_000, ()).cut == 40_000


def row(
    key: str, at: float, decision: str = "accept", way: str = WAY, batch: str = ""
) -> dict[str, object]:
    return {"key": key, "document": "d", "image": key, "decision": decision, "at": at, "way": way,
            "batch": batch}  # fmt: skip


def test_pace_counts_what_was_given_together_once() -> None:
    rows = [row(str(n), 1000.0 - 10 * n) for n in range(6)]
    pace = pace_of(rows, 1000.0)
    assert (pace.answers, pace.seconds, pace.yes, pace.hasty) == (6, 10.0, 1.0, False)
    assert pace.per_minute == 0.6
    quick = pace_of([row(str(n), 1000.0 - n, "reject") for n in range(20)], 1000.0)
    assert (quick.hasty, quick.yes) == (True, 0.0)
    assert not pace_of([row(str(n), 1000.0 - n) for n in range(19)], 1000.0).hasty
    assert pace_of([], 1000.0).seconds is None


def test_ten_can_be_undone_and_none_twice() -> None:
    rows = [row("u", 9.0, "none", UNDOING, "k3"), row("k3", 8.0), row("a", 7.0, batch="b1")]
    rows += [row("b", 7.0, batch="b1"), row("c", 6.0), row("cli", 5.0, way="cli")]
    assert [(one.batch, len(one.pairs)) for one in undoable(rows)] == [("b1", 2), ("c", 1)]
    assert len(undoable([row(str(n), -float(n)) for n in range(30)])) == 10


def test_pages_load_nothing_from_elsewhere_and_hold_no_script_or_style() -> None:
    for file in SERVICE.rglob("*"):
        if file.suffix not in (".html", ".css", ".js", ".svg"):
            continue
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//cdn|@import|url\(", text), file
        if file.suffix == ".html":
            assert _environment().get_template(file.name)
            assert not re.search(
                r"<script(?! type=\"module\" src=\"{{ static)|<style|\son\w+=|\sstyle=", text
            ), file
            assert "| safe" not in text
            assert "|safe" not in text
        if file.suffix == ".js":
            assert len(text.splitlines()) <= 300, file
    json.loads((SERVICE / "texts/en.json").read_text("utf-8"))
