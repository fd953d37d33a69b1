"""Chat completions with an image, as OpenAI, vLLM and SGLang have them: a pair a request."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from kg_enrich.scorers import generated, reasons
from kg_enrich.scorers.remote.asking import (
    Answer,
    Asked,
    ReplyError,
    Request,
    data_uri,
    field,
    harmless,
)
from kg_enrich.scorers.remote.options import RemoteOptions

# After MCMR's evaluation of rerankers, as in qwen_vl/templates.
_SYSTEM = (
    "Judge whether the Document meets the requirements based on the Query and the Instruct"
    ' provided. Note that the answer can only be "yes" or "no".'
)
_TOP = 20


@dataclass(frozen=True)
class YesNo:
    """The probability of yes against no, from the first token's log-probabilities."""

    model: str
    instruction: str
    most: int = 1
    shared: Literal["text", "picture", "both"] = "both"

    def request(self, asked: Sequence[Asked]) -> Request:
        query = f"<Instruct>: {harmless(self.instruction)}<Query>:{harmless(asked[0].text)}"
        return Request(
            "/v1/chat/completions",
            {
                **_conversation(self.model, _SYSTEM, f"{query}\n<Document>:", asked[0]),
                "max_tokens": 1,
                "logprobs": True,
                "top_logprobs": _TOP,
            },
        )

    def read(self, reply: Any, asked: Sequence[Asked]) -> dict[int, Answer]:
        choice = _choice(reply)
        logprobs = choice.get("logprobs")
        tokens = logprobs.get("content") if isinstance(logprobs, dict) else None
        if not isinstance(tokens, list) or not tokens or not isinstance(tokens[0], dict):
            raise ReplyError(
                "the server left out the logprobs that were asked for; with"
                " KG_ENRICH_SCORING=generate it is asked for a written mark instead"
            )
        listed = tokens[0].get("top_logprobs")
        if not isinstance(listed, list):
            raise ReplyError("the reply has logprobs, but no top_logprobs")
        return {0: _yes_against_no(listed)}


@dataclass(frozen=True)
class Written:
    """The mark and the sentence that the model writes. again: its first answer had no mark."""

    model: str
    instruction: str
    again: bool = False
    most: int = 1
    shared: Literal["text", "picture", "both"] = "both"

    @property
    def second(self) -> "Written | None":
        """How a pair is asked about once more."""
        return None if self.again else replace(self, again=True)

    def request(self, asked: Sequence[Asked]) -> Request:
        text = generated.question(
            harmless(self.instruction), harmless(asked[0].text), again=self.again
        )
        return Request(
            "/v1/chat/completions",
            {
                **_conversation(self.model, generated.SYSTEM, text, asked[0]),
                "max_tokens": generated.MOST_TOKENS,
            },
        )

    def read(self, reply: Any, asked: Sequence[Asked]) -> dict[int, Answer]:
        content = field(_choice(reply).get("message"), "content", str)
        found = generated.parse(content)
        if found is None:
            return {0: Answer(None, generated.unread(content), unread=True)}
        return {0: Answer(generated.log_odds(found.score), found.sentence)}


@dataclass(frozen=True)
class Explained:
    """The sentence that says why. Its answers' log-odds are 0: there is one, and no score."""

    model: str
    most: int = 1
    shared: Literal["text", "picture", "both"] = "both"

    def request(self, asked: Sequence[Asked]) -> Request:
        before = f"Document:\n{harmless(asked[0].text)}\n\nImage:"
        conversation = _conversation(self.model, reasons.SYSTEM, before, asked[0])
        conversation["messages"][1]["content"].append(
            {"type": "text", "text": f"\n{reasons.QUESTION}"}
        )
        return Request("/v1/chat/completions", {**conversation, "max_tokens": reasons.MOST_TOKENS})

    def read(self, reply: Any, asked: Sequence[Asked]) -> dict[int, Answer]:
        choice = _choice(reply)
        words: str = field(choice.get("message"), "content", str)
        cut = reasons.CUT if choice.get("finish_reason") == "length" else ""
        return {0: Answer(0.0, reasons.sentence(words + cut))}


def chat(options: RemoteOptions) -> YesNo | Written:
    if options.scoring == "generate":
        return Written(options.model, options.instruction)
    return YesNo(options.model, options.instruction)


def _conversation(model: str, system: str, text: str, one: Asked) -> dict[str, Any]:
    return {
        "model": model,
        "messages": [
            {"role": "system", "content": system},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": text},
                    {"type": "image_url", "image_url": {"url": data_uri(one.picture)}},
                ],
            },
        ],
        "temperature": 0,
        "stream": False,
    }


def _choice(reply: Any) -> dict[str, Any]:
    choices = field(reply, "choices", list)
    if len(choices) != 1 or not isinstance(choices[0], dict):
        raise ReplyError(f"{len(choices)} choices, one was asked for")
    return choices[0]


def _yes_against_no(listed: Sequence[Any]) -> Answer:
    """Tokens that read yes or no in any spelling ("Yes", " yes") count together."""
    sums = {"yes": 0.0, "no": 0.0}
    for row in listed:
        token, value = (row.get("token"), row.get("logprob")) if isinstance(row, dict) else (0, 0)
        word = token.strip().lower() if isinstance(token, str) else ""
        if word in sums and isinstance(value, int | float) and value <= 0.0:
            sums[word] += math.exp(value)
    missing = [word for word, total in sums.items() if total <= 0.0]
    if missing:
        return Answer(None, f"{' and '.join(missing)} not among the {len(listed)} likeliest tokens")
    return Answer(math.log(sums["yes"]) - math.log(sums["no"]))
