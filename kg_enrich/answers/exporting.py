"""All evidence as lines of text, for a file or a response that grows while it is read."""

import csv
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import TYPE_CHECKING, Any, Literal

from kg_enrich.answers.evidence import ShownPair
from kg_enrich.answers.shape import plain, serialise

if TYPE_CHECKING:
    from kg_enrich.evidence import shown as found

Form = Literal["csv", "jsonl"]


def exported(pairs: "Iterable[found.ShownPair]", form: Form) -> Iterator[str]:
    """Text with its line breaks, a pair at a time; CSV has a head.

    JSONL: each line is a pair as `show --json` has it, with the number of its format.
    """
    shapes = (ShownPair.model_validate(pair) for pair in pairs)
    return _csv(shapes) if form == "csv" else (serialise(shape) + "\n" for shape in shapes)


def _csv(pairs: Iterable[ShownPair]) -> Iterator[str]:
    columns = list(ShownPair.model_fields)
    yield _line(columns)
    for pair in pairs:
        row = plain(pair)
        row["reviews"] = said(pair)
        yield _line([_cell(row[column]) for column in columns])


def said(pair: "ShownPair | found.ShownPair") -> str:
    """Every decision once; one about contents that changed since is said to be stale."""
    words = {f"{one.decision} (stale)" if one.stale else one.decision for one in pair.reviews}
    return ", ".join(sorted(words))


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return " ".join(str(one) for one in value) if isinstance(value, list) else value


def _line(cells: list[Any]) -> str:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
