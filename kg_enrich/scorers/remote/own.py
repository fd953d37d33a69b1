"""Another kg-enrich: /api/rerank, one text, several pictures uploaded, answers by their names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kg_enrich.scorers.remote.asking import Answer, Asked, ReplyError, Request, field, logit, number
from kg_enrich.scorers.remote.options import RemoteOptions


@dataclass(frozen=True)
class Own:
    most: int
    shared: Literal["text", "picture", "both"] = "text"

    def request(self, asked: Sequence[Asked]) -> Request:
        files = [(_name(place, one), one.picture) for place, one in enumerate(asked)]
        return Request("/api/rerank", fields={"query": asked[0].text}, files=files)

    def read(self, reply: Any, asked: Sequence[Asked]) -> dict[int, Answer]:
        places = {_name(place, one): place for place, one in enumerate(asked)}
        answers: dict[int, Answer] = {}
        for row in field(reply, "results", list):
            answers[_place(row, places, answers)] = _answer(row)
        for row in field(reply, "skipped", list):
            reason = str(row.get("reason", "no reason given")) if isinstance(row, dict) else ""
            answers[_place(row, places, answers)] = Answer(None, reason, abstained=True)
        return answers


def own(options: RemoteOptions) -> Own:
    return Own(options.images)


def _name(place: int, one: Asked) -> str:
    return f"{place}.{one.picture.suffix}"


def _place(row: Any, places: dict[str, int], taken: dict[int, Answer]) -> int:
    name = field(row, "image_path", str)
    place = places.get(name)
    if place is None:
        raise ReplyError(f"a result for {name[:80]!r}, which was not sent")
    if place in taken:
        raise ReplyError(f"two results for {name!r}")
    return place


def _answer(row: Any) -> Answer:
    reason = row.get("reason")
    reason = reason if isinstance(reason, str) else ""
    try:
        if row.get("log_odds") is not None:
            return Answer(number(row["log_odds"], "log_odds"), reason)
        score = number(row.get("score"), "score")
    except ReplyError as error:
        return Answer(None, str(error))
    if not 0.0 <= score <= 10.0:
        return Answer(None, f"a score of {score:g} is outside 0 to 10")
    return Answer(logit(score / 10), reason)
