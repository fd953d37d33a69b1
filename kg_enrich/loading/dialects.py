"""How people write images in Markdown beyond CommonMark: rules for the parser.

Each makes the token that CommonMark's own image makes, so that whoever reads them sees one kind.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from kg_enrich.loading.formats import is_like_image

# A size as several renderers take it, and a title.
_AFTER = r"""(?:\s+=\S*)?(?:\s+(?:"[^"]*"|'[^']*'|\([^()]*\)))?\s*"""
# A path with spaces, brackets or a size after it, which CommonMark leaves as text.
_LOOSE = re.compile(rf"\(\s*<?((?:[^()<>\n]|\([^()\n]*\))+?)>?{_AFTER}\)")
_EMBED = re.compile(r"!\[\[([^\[\]|#\n]+)(?:#[^\[\]|\n]*)?(?:\|([^\[\]\n]*))?\]\]")
_SHORTCODE = re.compile(r"\{\{([<%])\s*(\w[\w-]*)\s(.*?)/?[>%]\}\}", re.S)
_ASSET = re.compile(r"\{%\s*(?:asset_)?img\s+(.*?)%\}", re.S)
_FIELD = re.compile(r"""(?:([\w-]+)=)?(?:"([^"]*)"|'([^']*)'|`([^`]*)`|([^\s"'`=]+))""")
_ATTRIBUTES = re.compile(r"\{:?[^{}\n]*\}")
# A tag whose attributes hold braces, as in MDX.
_BRACES = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_TAG = re.compile(rf"""<[A-Za-z][\w.]*(?:"[^"]*"|'[^']*'|{_BRACES}|[^<>{{}}"'])*?>""")
_DIRECTIVE = re.compile(r"\{(?:figure|image|figure-md)\}")


def extend(parser: MarkdownIt) -> MarkdownIt:
    """The parser, with these rules after its own."""
    inline = parser.inline.ruler
    inline.after("image", "loose_image", _loose_image)
    inline.before("image", "embed", _embed)
    inline.before("html_inline", "shortcode", _shortcode)
    inline.after("html_inline", "braced_tag", _braced_tag)
    parser.block.ruler.before("fence", "colon_fence", _colon_fence, {"alt": ["paragraph"]})
    return parser


def _push(state: StateInline, source: str, caption: str, end: int, silent: bool) -> bool:
    if not silent:
        token = state.push("image", "img", 0)
        token.attrs = {"src": source}
        token.children = []
        token.content = caption
        token.meta = {"caption": caption.strip()}
    state.pos = end
    return True


def _loose_image(state: StateInline, silent: bool) -> bool:
    if not state.src.startswith("![", state.pos):
        return False
    label = state.md.helpers.parseLinkLabel(state, state.pos + 1, False)
    found = _LOOSE.match(state.src, label + 1) if label >= 0 else None
    if found is None or not is_like_image(found[1]):
        return False
    return _push(state, found[1].strip(), state.src[state.pos + 2 : label], found.end(), silent)


def _embed(state: StateInline, silent: bool) -> bool:
    found = _EMBED.match(state.src, state.pos)
    if found is None or not is_like_image(found[1]):
        return False
    caption = found[2] or ""
    # Where a description may stand, most people write a size.
    caption = "" if re.fullmatch(r"[\dx%\s]*", caption) else caption
    return _push(state, f"[[{found[1].strip()}]]", caption, found.end(), silent)


def _shortcode(state: StateInline, silent: bool) -> bool:
    """Hugo's figure and its like, Hexo's images; and what Pandoc and others set behind an image."""
    if state.src[state.pos] != "{":
        return False
    after_image = not state.pending and state.tokens and state.tokens[-1].type == "image"
    if after_image and (found := _ATTRIBUTES.match(state.src, state.pos)):
        state.pos = found.end()
        return True
    found = _SHORTCODE.match(state.src, state.pos) or _ASSET.match(state.src, state.pos)
    if found is None:
        return False
    fields = [(one[1], next(filter(None, one.groups()[1:]), "")) for one in
              _FIELD.finditer(found[found.re.groups])]  # fmt: skip
    named = {name: value for name, value in fields if name}
    sources = [named.get("src", ""), *(value for name, value in fields if not name)]
    source = next((one for one in sources if is_like_image(one)), None)
    if source is None:
        return False
    caption = next((named[name] for name in ("alt", "caption", "title") if named.get(name)), "")
    return _push(state, source, caption, found.end(), silent)


def _braced_tag(state: StateInline, silent: bool) -> bool:
    found = _TAG.match(state.src, state.pos)
    if found is None or "{" not in found[0]:
        return False
    if not silent:
        state.push("html_inline", "", 0).content = found[0]
    state.pos = found.end()
    return True


def _colon_fence(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """MyST's `:::{figure} path`, as the fence of backquotes that it could have been."""
    begin, stop = state.bMarks[start] + state.tShift[start], state.eMarks[start]
    line = state.src[begin:stop]
    colons = len(line) - len(line.lstrip(":"))
    info = line[colons:].strip()
    if colons < 3 or state.is_code_block(start) or not _DIRECTIVE.match(info):
        return False
    if silent:
        return True
    last = start + 1
    while last < end:
        text = state.src[state.bMarks[last] + state.tShift[last] : state.eMarks[last]].strip()
        if len(text) >= colons and set(text) == {":"}:
            break
        last += 1
    token = state.push("fence", "code", 0)
    token.info = info
    token.content = state.getLines(start + 1, last, state.blkIndent, True)
    token.map = [start, last]
    state.line = min(last + 1, end)
    return True


def read_directive(info: str, content: str) -> tuple[str, str] | None:
    """(path, caption) of a MyST figure from a fence's first line and lines; None for code.

    The path of a figure whose image stands in its lines is ''.
    """
    found = re.fullmatch(r"\{(figure|image|figure-md)\}\s*(.*)", info.strip())
    if found is None:
        return None
    lines = content.splitlines()
    options = dict(
        (one[1], one[2]) for line in lines if (one := re.fullmatch(r":([\w-]+):\s*(.*)", line))
    )
    text = [line for line in lines if not re.match(r":[\w-]+:", line) and line.strip() != "---"]
    if found[1] == "figure-md":
        return "", ""
    return found[2].strip(), options.get("alt") or " ".join(" ".join(text).split())
