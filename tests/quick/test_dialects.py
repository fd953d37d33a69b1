"""Images as people write them in Markdown, and the files that they mean."""

import unicodedata
from pathlib import Path

import pytest
from PIL import Image as Picture

from kg_enrich.images.decoding import image_roots
from kg_enrich.loading.links import DeadLink, find_image
from kg_enrich.loading.memory import Folder
from kg_enrich.loading.sections import read_sections
from kg_enrich.loading.walk import walk

SHOWN = [
    ("![x](a.png =300x200) after", "after", [("a.png", "x")]),
    ("![x](a.png =50%x 'title') after", "after", [("a.png", "x")]),
    ("![x](my photo.png) after", "after", [("my photo.png", "x")]),
    ("![图](图 片.png '标题') after", "after", [("图 片.png", "图")]),
    ("![[a b.png]] after", "after", [("[[a b.png]]", "")]),
    ("![[a.png|300]] ![[b.png|the pump]]", "", [("[[a.png]]", ""), ("[[b.png]]", "the pump")]),
    ("![[Another note]]", "![[Another note]]", []),
    ("`![x](a b.png)` stays", "![x](a b.png) stays", []),
    ("![x](b.png){width=300} {not}", "{not}", [("b.png", "x")]),
    ("![x](b.png){: .wide } after", "after", [("b.png", "x")]),
    ("[![thumb](s.png)](large.png)", "", [("s.png", "thumb"), ("large.png", "thumb")]),
    ("[![thumb](s.png)](https://x.example/)", "", [("s.png", "thumb")]),
    ('<a href="l.jpg"><img src="s.png"></a>', "", [("s.png", ""), ("l.jpg", "")]),
    ("words <img src='a b.png' alt='q'> after", "words  after", [("a b.png", "q")]),
    (
        "<figure>\n<img src='f.png'/>\n<figcaption>The *cap*</figcaption>\n</figure>\n\nafter",
        "after",
        [("f.png", "The *cap*")],
    ),
    (
        "so <figure><img src='f.png'><figcaption>The cap</figcaption></figure> on",
        "so  on",
        [("f.png", "The cap")],
    ),
    (
        "<img src={require('./a.png').default} style={{width: '3'}} alt=\"q\" /> after",
        "after",
        [("./a.png", "q")],
    ),
    ("<img src={useBaseUrl('/img/a.png')}/>", "", [("/img/a.png", "")]),
    (
        "import photo from './p.png';\nimport {x} from 'y'\n\n<Image src={photo} />",
        "",
        [("./p.png", "")],
    ),
    ("<ZoomImage src={props.one}/>", "", [("{props.one}", "")]),
    ('{{< figure src="a.png" title="T" caption="c" >}} after', "after", [("a.png", "c")]),
    ("{{% figure src='b.png' %}}", "", [("b.png", "")]),
    ('{{< imgproc "c.jpg" Resize "300x" />}}', "", [("c.jpg", "")]),
    ("{{< note >}}heed{{< /note >}}", "{{< note >}}heed{{< /note >}}", []),
    ("{% asset_img a.png a pump %}", "", [("a.png", "")]),
    ("![x]({{ '/i/b.png' | relative_url }})", "", [("{{ '/i/b.png' | relative_url }}", "x")]),
    ("```{figure} a.png\n:width: 3\n:alt: al\n\nCap\n```\nafter", "after", [("a.png", "al")]),
    ("::::{figure} a b.png\n:width: 3\n\nIts cap\n::::\nafter", "after", [("a b.png", "Its cap")]),
    ("```{figure-md}\n![alt](c.png)\n\ncap\n```", "", [("c.png", "alt")]),
    ("```{note}\ncode stays\n```", "code stays", []),
    (":::note\nwords stay\n:::", ":::note\nwords stay\n:::", []),
    ("![x](file:///srv/a.png)", "", [("file:///srv/a.png", "x")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words", "links"), SHOWN)
def test_images_are_found_and_nothing_of_them_is_text(
    text: str, words: str, links: list[tuple[str, str]]
) -> None:
    sections = read_sections(text, "file")
    # Where a line ends is another's business.
    assert [word for one in sections for word in one.text.split()] == words.split()
    assert [(one.target, one.caption) for section in sections for one in section.links] == links


PICTURES = (
    "site/docs/img/a.png", "site/docs/img/my photo.png", "site/docs/img/a#1.png",
    "site/docs/img/50%.png", "site/docs/img/Upper.PNG", "site/docs/only/here.png",
    "site/docs/one/twice.png", "site/docs/two/twice.png", "site/docs/case/x.png",
    "site/docs/case/X.png", "site/static/img/s.png", "site/assets/h.png",
    "site/docs/img/" + unicodedata.normalize("NFD", "é红.png"), "elsewhere.png",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    for path in PICTURES:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        Picture.new("RGB", (4, 4)).save(tmp_path / path, "PNG")
    (tmp_path / "site/docs/guide").mkdir()
    roots = image_roots([tmp_path / "site"])
    opened = Folder(roots[0] / "docs", "docs", roots)
    for path in walk(opened.place, roots).images:
        opened.images.setdefault(Path(path).name, []).append(path)
    return opened


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("../img/a.png", "docs/img/a.png"),
        ("../img/a.png?raw=true#top", "docs/img/a.png"),
        ("../img/my photo.png", "docs/img/my photo.png"),
        ("../img/my%20photo.png", "docs/img/my photo.png"),
        ("../img/a%231.png", "docs/img/a#1.png"),
        ("../img/a#1.png", "docs/img/a#1.png"),
        ("../img/50%.png", "docs/img/50%.png"),
        (r"..\img\a.png", "docs/img/a.png"),
        ("../IMG/A.png", "docs/img/a.png"),
        ("../img/upper.png", "docs/img/Upper.PNG"),
        ("../case/X.png", "docs/case/X.png"),
        (
            "../img/" + unicodedata.normalize("NFC", "é红.png"),
            "docs/img/" + unicodedata.normalize("NFD", "é红.png"),
        ),
        ("/img/a.png", "docs/img/a.png"),
        ("/img/s.png", "static/img/s.png"),
        ("/h.png", "assets/h.png"),
        ("pathname:///img/s.png", "static/img/s.png"),
        ("@site/static/img/s.png", "static/img/s.png"),
        ("{{ site.baseurl }}/img/s.png", "static/img/s.png"),
        ("{{ '/img/s.png' | relative_url }}", "static/img/s.png"),
        ("[[here.png]]", "docs/only/here.png"),
        ("[[one/twice.png]]", "docs/one/twice.png"),
    ],
)
def test_the_file_that_is_meant(folder: Folder, target: str, found: str) -> None:
    assert find_image(folder, "guide/page.md", target) == found


def test_a_file_address_within_the_roots(folder: Folder) -> None:
    inside = f"file://{folder.place}/img/my%20photo.png"
    assert find_image(folder, "guide/page.md", inside) == "docs/img/my photo.png"


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("[[twice.png]]", "is not there"),
        ("../case/x.PNG", "is not there"),
        ("../../../ELSEWHERE.png", "is not there"),
        ("../../../elsewhere.png", "outside every image root"),
        ("{props.one}", "a program makes"),
        ("a.mpo", "is MPO, a format that is not read"),
        ("[[a.svg]]", "is SVG"),
        ("https://x.example/a.png", "is an address"),
    ],
)
def test_what_is_not_found_is_said(folder: Folder, target: str, why: str) -> None:
    with pytest.raises(DeadLink, match=why):
        find_image(folder, "guide/page.md", target)


def test_pictures_of_formats_that_are_not_read_are_named(tmp_path: Path) -> None:
    for name in ("a.ico", "b/c.ico", "d.MPO", "e.txt", "f.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert [note.split(":")[0] for note in walk(tmp_path, [tmp_path]).notes] == [
        "2 pictures in ICO are left out, such as a.ico",
        "1 pictures in MPO are left out, such as d.MPO",
    ]
