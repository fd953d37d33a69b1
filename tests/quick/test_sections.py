"""Markdown to sections, without any graph."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_enrich.identity import text_hash
from kg_enrich.loading.sections import Link, Section, read_sections


def anchors(text: str) -> list[str]:
    return [section.anchor for section in read_sections(text, "file")]


def test_code_stays_and_image_markup_goes() -> None:
    text = "Before ![secret](a.png) `E42`\n\n```sh\nsystemctl status\n```\n\n    indented\n"
    [section] = read_sections(text, "file")
    assert section.text == "Before  E42\nsystemctl status\nindented"
    assert section.links == (Link("a.png", "secret", 1),)


def test_tables_lists_quotes_and_html_give_their_words() -> None:
    text = (
        "| a | b |\n|---|---|\n| 1 | ![](t.png) |\n\n- item\n  1. deeper\n\n> ## quoted\n\n"
        "<details><summary>More</summary>words<!-- no --></details><script>no()</script>\n"
    )
    [section] = read_sections(text, "file")
    assert section.text.split() == ["a", "b", "1", "item", "deeper", "quoted", "More", "words"]
    assert section.links == (Link("t.png", "", 3),)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# One *two* `three`\nx", "One two three"),
        ("Set\n===\nx", "Set"),
        ("intro\n\n# Late\nx", "Late"),
        ("---\ntitle: 'From the front'\nother: 1\n---\nx", "From the front"),
        ('+++\ntitle = "Toml"\n+++\nx', "Toml"),
        ("---\ntitle: front\n---\n# Heading wins\nx", "Heading wins"),
        ("---\ntitle: >-\n  folded\n---\nx", "file"),
        ("## No title\nx", "file / No title"),
        ("# ![logo](logo.png)\nx", "file"),
        ("# 故障 {#fault}\nx", "故障"),
        ("x", "file"),
    ],
)
def test_the_title(text: str, title: str) -> None:
    [section] = read_sections(text, "file")
    assert (section.title, section.text.split()[-1]) == (title, "x")


def test_two_rules_are_not_front_matter() -> None:
    [section] = read_sections("---\n\nA sentence here.\n\n---\nx\n", "file")
    assert section.text == "A sentence here.\nx"


def test_lines_count_the_front_matter() -> None:
    [section] = read_sections("---\na: 1\n---\n\n![](x.png)\n", "file")
    assert section.links[0].line == 5


def test_equal_headings_are_told_apart_by_their_text() -> None:
    text = "# T\n## A\n1\n### B\n2\n## A\n3\n### B\n4\n### C\n5\n## A (2)\n6\n### B\n7\n"
    found = read_sections(text, "file")
    assert [section.anchor for section in found] == [
        f"A ({text_hash('', '1')[:8]})",
        f"A/B ({text_hash('', '2')[:8]})",
        f"A ({text_hash('', '3')[:8]})",
        f"A/B ({text_hash('', '4')[:8]})",
        "A/C",
        "A (2)",
        "A (2)/B",
    ]
    assert [section.former for section in found] == [
        "A", "A/B", "A (2)", "A (2)/B", "A (2)/C", "A (2) (2)", "A (2) (2)/B",
    ]  # fmt: skip
    above = text.replace("# T\n", "# T\n## A\nnew\n## A (2)\n")
    assert set(anchors(above)) == {*anchors(text), f"A ({text_hash('', 'new')[:8]})"}


def test_only_equal_texts_under_equal_headings_are_counted() -> None:
    name = f"A ({text_hash('', 'x')[:8]})"
    text = f"# T\n## A\nx\n## A\n x\n## {name}\ny\n## A\n## /\nz\n"
    slash = f"({text_hash('', 'z')[:8]})"
    assert anchors(text) == [f"{name} (2)", f"{name} (3)", name, slash]


def test_what_a_section_is_called_does_not_depend_on_other_sections() -> None:
    text = "# T\n## A\n1\n### B\n2\n## C\n3\n"
    longer = text.replace("# T", "# Another").replace("## A", "new\n## New\nx\n## A")
    assert anchors(longer) == ["", "New", *anchors(text)]


def test_windows_line_ends_change_nothing() -> None:
    text = "---\ntitle: t\n---\n\n# T\n\nline\nline\n\n```\ncode\n```\n"
    assert read_sections(text.replace("\n", "\r\n"), "f") == read_sections(text, "f")


def test_an_empty_section_is_none_and_one_with_an_image_is_one() -> None:
    text = "# T\n## A\n### B\n![](x.png)\n"
    assert read_sections(text, "f") == [
        Section("A/B", "T / A / B", "", (Link("x.png", "", 4),)),
    ]


PIECES = ["#", "## ", "\n", "\n\n", "![a](", "b.png)", "<img src='x'", "/>", "<!--", "-->", "```",
          "|", "---\n", "title: x\n", "[r]: y\n", "![r]", "红灯", "&#0;", "\0", "<script>", "> ",
          "- ", "<![CDATA[", "]]>", "<?", "{#a}", "\r", "    ", "</", "A (2)"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_anything_is_sections_with_anchors_of_their_own(text: str) -> None:
    found = anchors(text)
    assert len(set(found)) == len(found)
