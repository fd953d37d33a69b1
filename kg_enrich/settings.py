"""Settings, from flags, the environment and a file, in this order. Only the ways in read them."""

import difflib
import json
import os
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import (
    AliasChoices,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from kg_enrich import env_file
from kg_enrich.errors import SettingsError
from kg_enrich.names import Names

PREFIX = "KG_ENRICH_"

# What other programs call what we are looking for.
_MISTAKEN = {
    "NEO4J_URL": "NEO4J_URI",
    "NEO4J_HOST": "NEO4J_URI",
    "NEO4J_USER": "NEO4J_USERNAME",
    "NEO4J_PASS": "NEO4J_PASSWORD",
    "NEO4J_DB": "NEO4J_DATABASE",
}


def _neo4j(name: str, description: str, default: Any = None) -> Any:
    return Field(default, validation_alias=AliasChoices(name), description=description)


class Settings(BaseSettings):
    """Every setting, its default and what it means."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_file_encoding=env_file.ENCODING,
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    _file: Path | None = PrivateAttr(None)

    neo4j_uri: str | None = _neo4j(
        "NEO4J_URI", "Address of your Neo4j; unset: an embedded one on this machine."
    )
    neo4j_username: str = _neo4j("NEO4J_USERNAME", "User name.", "neo4j")
    neo4j_password: SecretStr | None = _neo4j("NEO4J_PASSWORD", "Password.")
    neo4j_password_file: Path | None = _neo4j(
        "NEO4J_PASSWORD_FILE",
        "File with the password, in the place of NEO4J_PASSWORD; looked up for each connection, so "
        "that it may change while a run is at work.",
    )
    neo4j_bearer_token: SecretStr | None = _neo4j(
        "NEO4J_BEARER_TOKEN", "Token of a single sign-on, in the place of user name and password."
    )
    neo4j_bearer_token_file: Path | None = _neo4j(
        "NEO4J_BEARER_TOKEN_FILE",
        "File with that token; looked up for each connection.",
    )
    neo4j_database: str | None = _neo4j(
        "NEO4J_DATABASE", "Database; unset: the user's home database."
    )

    patience_seconds: float = Field(
        30.0,
        ge=0,
        description="Time for connecting and trying again, together, when Neo4j is gone; then the "
        "command fails.",
    )
    neo4j_connection_seconds: float = Field(
        3000.0,
        gt=0,
        description="A connection to Neo4j that is older is replaced; Aura ends it at an hour.",
    )
    neo4j_liveness_seconds: float = Field(
        30.0, ge=0, description="A connection that was idle for so long is tested before use."
    )

    neo4j_home: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("kg-enrich") / "neo4j",
        description="Folder of the embedded Neo4j's data, password and logs; unset: among the "
        "user's data.",
    )
    neo4j_version: str | None = Field(
        None, description="Version of the embedded Neo4j; unset: the newest one known."
    )
    neo4j_heap: str = Field("1g", description="Largest heap of the embedded Neo4j.")
    cache_dir: Path = Field(
        default_factory=lambda: platformdirs.user_cache_path("kg-enrich"),
        description="Folder for the embedded Neo4j's jars and for text read from images; unset: "
        "the user's cache.",
    )
    maven_repository: str | None = Field(
        None, description="Address of a Maven repository that mirrors the jars."
    )

    image_roots: Annotated[tuple[Path, ...], NoDecode] = Field(
        default_factory=lambda: (Path.cwd(),),
        description="Folders that images may lie in, separated as in PATH, or a JSON list; unset: "
        "the current folder.",
    )
    image_max_bytes: int = Field(50_000_000, gt=0, description="Largest image file, bytes.")
    image_max_pixels: int = Field(100_000_000, gt=0, description="Largest image, pixels.")
    image_seconds: float = Field(
        120.0, ge=1, description="Longest computing on one image; waiting is not counted."
    )
    image_memory_bytes: int = Field(
        4 << 30, ge=1 << 30, description="Memory of a process that reads images, bytes."
    )

    archive_max_files: int = Field(
        1000, gt=0, description="watch: most files in an archive of images."
    )
    archive_max_bytes: int = Field(
        2_000_000_000, gt=0, description="watch: most bytes that an archive may unpack to."
    )

    scorer: str = Field(
        "ocr",
        description="ocr (CPU, words in the image), qwen-vl (GPU, a reranker that sees), http (a "
        "model server elsewhere), or one that an installed package brings.",
    )
    prefilter: str | None = Field(
        None,
        description="A cheap scorer (ocr, or one that a package brings) that decides what the "
        "scorer is shown; unset: it is shown all.",
    )
    prefilter_score: float = Field(
        0.05,
        ge=0,
        le=10,
        description="Images that the prefilter scores lower are not shown; those that it cannot "
        "score are.",
    )
    source: str | None = Field(
        None, min_length=1, description="Name of the evidence source; unset: the model's name."
    )
    workers: int | None = Field(
        None,
        gt=0,
        description="Processes that read images; unset: one a core, for qwen-vl on a GPU one "
        "fewer, at most 16, and what memory allows.",
    )
    model: str = Field(
        "vec-ai/lychee-rerank-mm",
        description="qwen-vl: a hub id, or a folder with the checkpoint; http: what the server "
        "calls the model.",
    )
    model_revision: str | None = Field(
        None,
        description="qwen-vl: branch, tag or commit of a hub id; unset: its main branch. http: "
        "what you call the server's weights; change it when they change.",
    )
    device: str = Field("cuda", description="qwen-vl: cuda, cuda:1 or cpu; never exchanged.")
    dtype: Literal["bfloat16", "float16", "float32", "float64"] = Field(
        "bfloat16", description="qwen-vl: number format of the weights."
    )
    layout: Literal["text-first", "image-first"] = Field(
        "text-first",
        description="qwen-vl: order of the prompt; image-first is faster when an image has many "
        "documents, but not the order of the model's published evaluation.",
    )
    template: str = Field("lychee-rerank-v1", description="qwen-vl: name of the prompt template.")
    instruction: str = Field("en", description="qwen-vl, http: en, zh, or the instruction itself.")
    max_tokens: int = Field(
        3200, gt=0, description="qwen-vl: tokens of a prompt; longer texts are cut at the end."
    )
    max_visual_tokens: int = Field(
        1280,
        ge=200,
        description="qwen-vl, http: tokens of an image (28x28 pixels); larger images are scaled "
        "down.",
    )
    use_caption: bool = Field(
        False,
        description="ocr: weigh the image's caption beside the text in it. qwen-vl: show the model "
        "the caption.",
    )
    use_file_name: bool = Field(
        False,
        description="With KG_ENRICH_USE_CAPTION: where an image has no caption, its file's name "
        "stands in, if it is more than a number or what a camera calls every picture.",
    )
    vision_cache_bytes: int | None = Field(
        None,
        ge=0,
        description="qwen-vl: memory for images that were encoded, bytes; unset: a share of what "
        "is free, 1 GiB on a CPU.",
    )
    prefix_cache_bytes: int | None = Field(
        None,
        ge=0,
        description="qwen-vl: memory for shared beginnings of prompts, bytes; unset: a share of "
        "what is free, 512 MiB on a CPU.",
    )
    max_batch_tokens: int | None = Field(
        None, gt=0, description="qwen-vl: tokens of a forward pass; unset: what memory allows."
    )
    jpeg_draft: bool = Field(
        False,
        description="qwen-vl: read large JPEG photographs at a fraction of their size; quicker, "
        "and not quite the same pixels.",
    )
    float8: bool = Field(
        False, description="qwen-vl: the language model's weights in 8 bits; needs bfloat16."
    )
    self_test: bool = Field(
        True, description="qwen-vl, http: refuse a model that cannot tell drawn pictures apart."
    )
    scoring: Literal["logits", "generate"] = Field(
        "logits",
        description="logits: the probability of yes against no; generate: the mark that an untuned "
        "model writes.",
    )
    reasons: Literal["none", "published"] = Field(
        "none",
        description="published: once all is scored, a model writes a sentence for each published "
        "pair that says why.",
    )
    reason_model: str | None = Field(
        None,
        description="The model that writes reasons, a hub id or a folder; unset: the qwen-vl "
        "scorer's own.",
    )
    remote_url: str | None = Field(
        None, description="http: the server's address, such as http://gpu-1:8000."
    )
    remote_protocol: Literal[
        "vllm", "vllm-score", "sglang", "jina", "kg-enrich", "systemone", "chat"
    ] = Field("vllm", description="http: what the server is asked; see docs/remote-scorers.md.")
    remote_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="http: hosts that images may be sent to, host or host:port, separated by "
        "commas; this machine itself is always among them.",
    )
    remote_token: SecretStr | None = Field(
        None,
        description="http: sent as `Authorization: Bearer ...`; a whole header when it holds a "
        "colon.",
    )
    remote_scale: Literal["probability", "logit"] = Field(
        "probability", description="http: what a rerank server's scores are."
    )
    remote_in_flight: int = Field(8, gt=0, le=256, description="http: requests at a time.")
    remote_images: int = Field(
        8, gt=0, description="http: pairs of a request, where the protocol takes several."
    )
    remote_seconds: float = Field(120.0, gt=0, description="http: longest time of a request.")
    remote_patience_seconds: float = Field(
        60.0, ge=0, description="http: how long a server that is away or busy is waited for."
    )
    remote_characters: int = Field(
        6000, gt=0, description="http: characters of a document; longer texts are cut at the end."
    )
    candidates: Annotated[tuple[str, ...], NoDecode] = Field(
        ("fulltext",),
        min_length=1,
        description="Candidate sources, separated by commas: fulltext, explicit, container, "
        "vector, all, or a file that ends in .cypher.",
    )
    candidate_limit: int = Field(
        1000,
        gt=0,
        description="A document with more candidates is held back and named; the candidate source "
        "all is refused where there are more images.",
    )
    fulltext_limit: int | None = Field(
        None,
        gt=0,
        le=1000,
        description="Images a document gets from the full-text index; unset: 50 for ocr, which is "
        "cheap, and 20 for the others.",
    )
    vector_index: str | None = Field(
        None, description="Vector index over images, for the candidate source vector."
    )
    vector_limit: int = Field(
        20, gt=0, le=1000, description="Images a document gets from the vector index."
    )
    min_score: float | None = Field(
        None, ge=0, le=10, description="Lowest published score; unset: the source's, at first 5.0."
    )
    top_k: int | None = Field(
        None, gt=0, description="Most images published a document; unset: the source's."
    )
    max_images: int | None = Field(
        None, gt=0, description="A document with more evidence is held back; unset: at first 100."
    )
    max_documents: int | None = Field(
        None, gt=0, description="An image in more documents is held back; unset: at first 100."
    )
    min_lead: float | None = Field(
        None,
        ge=0,
        description="Log-odds by which the last image published of a document must lead its next "
        "one; unset: the source's, at first none.",
    )
    min_image_lead: float | None = Field(
        None,
        ge=0,
        description="Log-odds by which an image's best document must lead its next one, else "
        "`publish` holds the image back; unset: the source's, at first none.",
    )
    image_top_k: int | None = Field(
        None, gt=0, description="Most documents published an image; unset: the source's."
    )
    engine: Literal["local", "ray"] = Field(
        "local", description="Where run and backfill score: local, or on a Ray cluster ([ray])."
    )
    ray_address: str | None = Field(
        None, description="ray: address of the cluster's head; unset: a Ray of this machine alone."
    )
    ray_scorers: int = Field(1, gt=0, description="ray: processes that score, at most.")
    ray_gpus_per_scorer: float | None = Field(
        None, ge=0, description="ray: GPUs of a scorer; unset: 1 for qwen-vl on a GPU, else 0."
    )
    ray_send_images: bool = Field(
        False, description="ray: send image files to scorers, whose nodes do not see the folders."
    )
    ray_stall_seconds: float = Field(
        1800.0,
        gt=0,
        description="ray: time without any result, loading of models included, that ends the run.",
    )
    shard: str | None = Field(
        None,
        description="The part of the documents that run and backfill look at: I/N with I from 0, "
        "auto/N (JOB_COMPLETION_INDEX) or auto (Slurm); unset: all.",
    )
    group: str | None = Field(
        None,
        min_length=1,
        description="With a shard: what the runs of all shards are called together; unset: the "
        "first of them names it.",
    )
    batch_pairs: int = Field(
        128, gt=0, description="Pairs given to the scorer at once, about; a stop waits for them."
    )
    brake_share: float = Field(
        0.2,
        ge=0,
        le=1,
        description="A run that would withdraw more than this share of its source's edges, and "
        "more than 50, stops before that; 1 switches it off.",
    )
    lease_seconds: float = Field(
        120.0, ge=1, description="A run that is silent for so long is taken for dead."
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="Lines on stderr: text for people, or a JSON object each, with events."
    )
    metrics_file: Path | None = Field(
        None,
        description="File that gets Prometheus metrics when a run ends, for the node exporter's "
        "textfile collector (a name that ends in .prom); unset: none.",
    )
    webhook: SecretStr | None = Field(
        None,
        description="Address that gets a POST when a scheduled command ends with exit code 1, 2, "
        "4 or 5; unset: none.",
    )
    keep_days: int = Field(
        90,
        ge=0,
        description="Days after which `run` forgets what ended runs changed (so that they cannot "
        "be rolled back any more), what they met, and all records but each job's newest; 0: keeps "
        "everything.",
    )
    flag_min_confidence: float = Field(
        0.8, ge=0, le=1, description="Confidence from which an unreferenced image is flagged."
    )

    viewer: str | None = Field(
        None,
        description="Program that shows a picture in `audit next`, with its options; the file's "
        "path comes last. Unset: the path is printed.",
    )
    service_user: str | None = Field(
        None,
        min_length=1,
        description="Who says what is said on the pages of a `serve` on this machine alone; unset: "
        "this account's user.",
    )
    service_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Names (host or host:port) that `serve` answers to besides the address it "
        "listens at, separated by commas.",
    )
    service_proxy_header: str | None = Field(
        None,
        min_length=1,
        description="Header in which a proxy in front of `serve` names the person it signed in.",
    )
    service_proxy_addresses: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses or networks of that proxy; nobody else's header is believed."
    )
    service_proxy_role: Literal["viewer", "reviewer", "operator"] = Field(
        "reviewer", description="What the people that the proxy names may do."
    )
    service_reasons: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Further reasons to reject a pair, on the pages, separated by commas."
    )

    service_max_images: int = Field(
        100, gt=0, le=1000, description="Pictures in a request to `serve` that asks for scores."
    )
    service_max_bytes: int = Field(
        100_000_000, gt=0, description="Largest body of such a request, bytes."
    )
    service_max_waiting: int = Field(
        1000,
        gt=0,
        description="Pairs of such requests that may wait at once; who comes then is told to come "
        "again.",
    )
    service_seconds: float = Field(
        120.0, gt=0, description="Longest that such a request is worked on."
    )
    service_rate: int | None = Field(
        None, gt=0, description="Requests a minute of one caller to the API; unset: no bound."
    )

    document_label: str = Field("Document", description="Label of documents.")
    document_key: str = Field("id", description="Property that identifies a document.")
    document_title: str = Field("title", description="Property with a document's title.")
    document_text: str = Field("text", description="Property with a document's text.")
    document_version: str | None = Field(
        None, description="Property that changes with the document; unset: the text's hash."
    )
    document_embedding: str = Field(
        "embedding", description="Property with a document's embedding, for the source vector."
    )
    document_updated: str = Field(
        "updatedAt", description="Property with the time of a document's last change, for --since."
    )
    filter_properties: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Properties of documents that --where may name, separated by commas."
    )
    image_label: str = Field("Image", description="Label of images.")
    image_key: str = Field("id", description="Property that identifies an image.")
    image_path: str = Field("path", description="Property with an image's path.")
    image_caption: str = Field("caption", description="Property with an image's caption.")
    image_version: str | None = Field(
        None, description="Property that changes with the image; unset: the hash of the file."
    )
    evidence_type: str = Field("HAS_EVIDENCE", description="Type of the edges that we publish.")
    reference_type: str = Field("REFERENCES", description="Type of the edges that people made.")
    container_label: str = Field(
        "Container", description="Label of what holds documents and images: folder, page, order."
    )
    container_key: str = Field("id", description="Property that identifies a container.")
    container_type: Annotated[tuple[str, ...], NoDecode] = Field(
        ("CONTAINS",),
        min_length=1,
        description="Types of the edges between a container and what it holds, in either "
        "direction, separated by commas.",
    )
    chunk_label: str | None = Field(
        None, description="Label of nodes with the text of documents in parts; unset: none."
    )
    chunk_type: str = Field(
        "FROM_DOCUMENT", description="Type of the edges between a document and its chunks."
    )
    chunk_text: str = Field("text", description="Property with a chunk's text.")
    chunk_order: str = Field("index", description="Property that chunks are put in order by.")

    @field_validator("image_roots", mode="before")
    @classmethod
    def _split_roots(cls, value: Any) -> Any:
        return _split(value, os.pathsep)

    @field_validator(
        "candidates",
        "filter_properties",
        "container_type",
        "service_hosts",
        "service_proxy_addresses",
        "service_reasons",
        "remote_hosts",
        mode="before",
    )
    @classmethod
    def _split_commas(cls, value: Any) -> Any:
        return _split(value, ",")

    @field_validator("scorer", "prefilter")
    @classmethod
    def _known_scorer(cls, value: str | None) -> str | None:
        return None if value is None else _require_scorer(value)

    @field_validator("neo4j_home", "cache_dir")
    @classmethod
    def _at_home(cls, value: Path) -> Path:
        return value.expanduser()

    @property
    def names(self) -> Names:
        return Names(**{name: getattr(self, name) for name in Names.__slots__})

    @property
    def file(self) -> Path | None:
        """The file that some of the values were looked for in; None where there was none."""
        return self._file


SCORERS = ("ocr", "qwen-vl", "http")
# Where packages say which scorers they bring; kg_enrich.scorers.plugins opens them.
SCORER_GROUP = "kg_enrich.scorers"


def _require_scorer(name: str) -> str:
    """Errors: ValueError for a scorer that neither we nor an installed package bring."""
    if name in SCORERS:
        return name
    brought = {point.name for point in entry_points(group=SCORER_GROUP)}
    if name not in brought:
        known = ", ".join((*SCORERS, *sorted(brought - set(SCORERS))))
        raise ValueError(f"no such scorer; there are {known}")
    return name


def _split(value: Any, separator: str) -> Any:
    """A list as a person types it: with separators, or as JSON where items hold separators."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        return json.loads(value)
    return [one.strip() for one in value.split(separator) if one.strip()]


def typed(value: Any, separator: str) -> str:
    """A list as it can be typed: what `_split` makes the same list of."""
    items = [str(one) for one in value]
    if any(separator in one or one != one.strip() or one.startswith("[") for one in items):
        return json.dumps(items, ensure_ascii=False)
    return separator.join(items)


def variable(field: str) -> str:
    """The environment variable of a field."""
    alias = Settings.model_fields[field].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else PREFIX + field.upper()


def load_settings(**flags: Any) -> Settings:
    """The settings in force: `flags` that are not None, then the environment, then the file.

    The file is `.env` in the current folder unless `env_file.named` says another one. A value
    that is empty is none. Errors: SettingsError, one line, for an unknown KG_ENRICH_ name, a name
    that another program gives what is called otherwise here, or an impossible value. The value
    itself is never repeated: it may be a secret.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    file = env_file.chosen()
    found = {name for name, value in env_file.read_env_file(file).items() if value}
    found |= {name for name, value in os.environ.items() if value}
    _refuse_unknown(found)
    _refuse_mistaken({name.upper() for name in found} | {variable(name) for name in given})
    try:
        settings = Settings(**{"_env_file": file, **given})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        known = field in Settings.model_fields
        raise SettingsError(f"{variable(field) if known else field}: {first['msg']}.") from None
    _refuse_broken(settings)
    if settings.use_file_name and not settings.use_caption:
        raise SettingsError(
            f"{variable('use_file_name')}: a name stands in for a caption; set "
            f"{variable('use_caption')}=true with it."
        )
    settings._file = file if file.is_file() else None
    return settings


def _refuse_unknown(names: set[str]) -> None:
    known = {variable(field) for field in Settings.model_fields}
    for name in sorted(names):
        if name.upper().startswith(PREFIX) and name.upper() not in known:
            nearest = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0)[0]
            raise SettingsError(f"{name} is not a setting; the nearest known one is {nearest}.")


def _refuse_mistaken(names: set[str]) -> None:
    for name, meant in _MISTAKEN.items():
        if name in names and meant not in names:
            raise SettingsError(f"{name} is not read: set {meant}, or unset {name}.")


def _refuse_broken(settings: Settings) -> None:
    """Errors: SettingsError for text that came in another encoding than UTF-8."""
    for field in Settings.model_fields:
        value = getattr(settings, field)
        for one in value if isinstance(value, tuple) else (value,):
            # A folder may bear any name; the graph takes text alone.
            if isinstance(one, str) and not one.isascii():
                try:
                    one.encode()
                except UnicodeEncodeError:
                    raise SettingsError(f"{variable(field)}: is not UTF-8.") from None
