"""Reads the words and images of HTML inside Markdown."""

from html.parser import HTMLParser


def read_html(source: str) -> tuple[str, list[tuple[str, str]]]:
    """The text of a piece of HTML, and (src, alt or title) of its images."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    return "".join(reader.pieces), reader.images


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.images: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            given = dict(attrs)
            if source := (given.get("src") or "").strip():
                caption = given.get("alt") or given.get("title") or ""
                self.images.append((source, caption.strip()))
        elif tag == "br":
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        # Inside script and style the parser gives the source as data.
        if self.cdata_elem is None:
            self.pieces.append(data)
