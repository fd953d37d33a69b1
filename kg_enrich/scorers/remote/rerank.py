"""Rerank protocols: one text as the query, several pictures as the documents.

The shapes are those of vLLM 0.33 (/v1/rerank, /v1/score), SGLang (/v1/rerank) and Jina.
Their results are sorted by score: an answer is found by its index, never by its position.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kg_enrich.images.sending import Picture
from kg_enrich.scorers.remote.asking import (
    Answer,
    Asked,
    Request,
    by_index,
    data_uri,
    field,
    harmless,
)
from kg_enrich.scorers.remote.options import RemoteOptions, Scale


@dataclass(frozen=True)
class Rerank:
    """A rerank protocol of one shape. body: what is sent of a query and its pictures. rows: where
    a reply has its results. score: what a result calls its number."""

    most: int
    scale: Scale
    path: str
    body: Callable[[str, Sequence[Picture]], dict[str, Any]]
    rows: Callable[[Any], object]
    score: str
    shared: Literal["text", "picture", "both"] = "text"

    def request(self, asked: Sequence[Asked]) -> Request:
        query = harmless(asked[0].text)
        return Request(self.path, self.body(query, [one.picture for one in asked]))

    def read(self, reply: Any, asked: Sequence[Asked]) -> dict[int, Answer]:
        return by_index(self.rows(reply), self.score, len(asked), self.scale)


def vllm(options: RemoteOptions) -> Rerank:
    def body(query: str, pictures: Sequence[Picture]) -> dict[str, Any]:
        return {
            "model": options.model,
            "query": query,
            "documents": [{"content": [_part(picture)]} for picture in pictures],
            "top_n": len(pictures),
            "instruction": harmless(options.instruction),
            "use_activation": options.scale == "probability",
        }

    return Rerank(
        options.images,
        options.scale,
        "/v1/rerank",
        body,
        lambda reply: field(reply, "results", list),
        "relevance_score",
    )


def vllm_score(options: RemoteOptions) -> Rerank:
    def body(query: str, pictures: Sequence[Picture]) -> dict[str, Any]:
        return {
            "model": options.model,
            "queries": query,
            "documents": [{"content": [_part(picture)]} for picture in pictures],
            "instruction": harmless(options.instruction),
            "use_activation": options.scale == "probability",
        }

    return Rerank(
        options.images,
        options.scale,
        "/v1/score",
        body,
        lambda reply: field(reply, "data", list),
        "score",
    )


def sglang(options: RemoteOptions) -> Rerank:
    def body(query: str, pictures: Sequence[Picture]) -> dict[str, Any]:
        return {
            "model": options.model,
            "query": query,
            "documents": [[_part(picture)] for picture in pictures],
            "instruct": harmless(options.instruction),
            "top_n": len(pictures),
            "return_documents": False,
        }

    return Rerank(options.images, options.scale, "/v1/rerank", body, lambda reply: reply, "score")


def jina(options: RemoteOptions) -> Rerank:
    """Its model takes no instruction."""

    def body(query: str, pictures: Sequence[Picture]) -> dict[str, Any]:
        return {
            "model": options.model,
            "query": query,
            "documents": [{"image": picture.base64} for picture in pictures],
            "top_n": len(pictures),
            "return_documents": False,
        }

    return Rerank(
        options.images,
        options.scale,
        "/v1/rerank",
        body,
        lambda reply: field(reply, "results", list),
        "relevance_score",
    )


def _part(picture: Picture) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": data_uri(picture)}}
