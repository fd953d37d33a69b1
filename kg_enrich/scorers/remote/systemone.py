"""`transformers serve`, /v1/systemone: one picture, up to 64 questions, a probability of true each.

The picture is sent once, for all documents that it is judged for. The checkpoint's folder says how
a question is put (decision.json, decision_template.jinja): docs/remote-scorers.md has both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kg_enrich.scorers.remote.asking import (
    Answer,
    Asked,
    ReplyError,
    Request,
    field,
    harmless,
    odds_of,
)
from kg_enrich.scorers.remote.options import RemoteOptions

_MOST = 64


@dataclass(frozen=True)
class SystemOne:
    model: str
    instruction: str
    most: int
    shared: Literal["text", "picture", "both"] = "picture"

    def request(self, asked: Sequence[Asked]) -> Request:
        texts = [self._question(one.text) for one in asked]
        name = _placeholder(asked[0].picture.digest, texts)
        return Request(
            "/v1/systemone",
            {
                "model": self.model,
                "state": name,
                "questions": {
                    f"q{place}": {"type": "noul", "instructions": text}
                    for place, text in enumerate(texts)
                },
                "assets": {name: {"data_base64": asked[0].picture.base64}},
            },
        )

    def read(self, reply: Any, asked: Sequence[Asked]) -> dict[int, Answer]:
        answers = field(reply, "answers", dict)
        known = {f"q{place}": place for place in range(len(asked))}
        if strange := answers.keys() - known.keys():
            raise ReplyError(f"an answer to {min(strange)!r}, which was not asked")
        return {
            known[name]: odds_of(one.get("noul") if isinstance(one, dict) else one, "probability")
            for name, one in answers.items()
        }

    def _question(self, text: str) -> str:
        return f"<Instruct>: {harmless(self.instruction)}<Query>:{harmless(text)}"


def systemone(options: RemoteOptions) -> SystemOne:
    return SystemOne(options.model, options.instruction, min(options.images, _MOST))


def _placeholder(digest: str, texts: Sequence[str]) -> str:
    """What stands for the picture: nothing that a document holds."""
    name = f"kg-image-{digest[:24]}"
    while any(name in text for text in texts):
        name += "-"
    return name
