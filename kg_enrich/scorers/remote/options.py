"""What a person can choose about a remote scorer, and what its fingerprint says of it."""

import hashlib
import json
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Literal, get_args
from urllib.parse import urlsplit

from kg_enrich.errors import SettingsError
from kg_enrich.images.decoding import DecodeLimits
from kg_enrich.images.workers import WorkerLimits

ProtocolName = Literal["vllm", "vllm-score", "sglang", "jina", "kg-enrich", "systemone", "chat"]
Scale = Literal["probability", "logit"]
Scoring = Literal["logits", "generate"]

PROTOCOLS: tuple[ProtocolName, ...] = get_args(ProtocolName)

# Raise it when a change of this code changes what a server is asked, or how it is read.
_VERSION = 1
_SIDE = 28
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class RemoteOptions:
    """Options of the remote scorer.

    url: of the server, up to what the protocol adds ("http://gpu-1:8000").
    protocol: the shape of requests and answers.
    model, revision: what the server calls the model, and what its weights are called: a server
        does not say which weights it has, so that a person must.
    hosts: those that may be sent images, each "host" or "host:port". A loopback address is always
        among them: nothing leaves the machine.
    token: sent as "Authorization: Bearer TOKEN"; one with a colon, such as "X-Key: TOKEN", is the
        whole header. Never logged.
    scale: what rerank protocols answer with. "logit": a number without bounds, natural logarithm.
    scoring: how a chat is read: "logits", the probability of yes against no; "generate", the mark
        that the model writes.
    instruction: the instruction itself.
    max_visual_tokens: of 28x28 pixels; a larger image is scaled down before it is sent.
    max_characters: of a document's text; a longer one is cut at its end.
    in_flight: requests at a time. images: of a request, where the protocol takes several.
    seconds: that a request may take. patience: seconds that a server that is away is waited for.
    workers: processes that read and scale images.

    Errors: SettingsError for an address, or a host, that cannot be used.
    """

    url: str
    protocol: ProtocolName
    model: str
    revision: str
    hosts: tuple[str, ...] = ()
    token: str = field(default="", repr=False)
    scale: Scale = "probability"
    scoring: Scoring = "logits"
    instruction: str = ""
    max_visual_tokens: int = 1280
    max_characters: int = 6000
    in_flight: int = 8
    images: int = 8
    seconds: float = 120.0
    patience: float = 60.0
    workers: int = 1
    decode_limits: DecodeLimits = field(default_factory=DecodeLimits)
    worker_limits: WorkerLimits = field(default_factory=WorkerLimits)
    self_test: bool = True

    def __post_init__(self) -> None:
        if self.scoring == "generate" and self.protocol != "chat":
            raise SettingsError(
                f"KG_ENRICH_SCORING=generate asks a chat for a written mark; {self.protocol} has no"
                " chat: set KG_ENRICH_REMOTE_PROTOCOL=chat, or leave KG_ENRICH_SCORING alone"
            )
        if self.scale == "logit" and self.protocol in ("kg-enrich", "systemone", "chat"):
            raise SettingsError(
                f"{self.protocol} answers with a probability: no KG_ENRICH_REMOTE_SCALE"
            )
        require_allowed(self.url, self.hosts)

    @property
    def max_pixels(self) -> int:
        return self.max_visual_tokens * _SIDE * _SIDE

    @property
    def fingerprint(self) -> str:
        """Of all that a score depends on but the pair; where the server stands is not part."""
        parts = {
            "version": _VERSION,
            "protocol": self.protocol,
            "model": self.model,
            "revision": self.revision,
            "method": self.scoring if self.protocol == "chat" else self.scale,
            "instruction": self.instruction,
            "limits": [self.max_pixels, self.max_characters],
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def require_allowed(url: str, hosts: tuple[str, ...]) -> None:
    """Errors: SettingsError for an address that is none, or that no image may be sent to."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in _DEFAULT_PORTS or not host:
        raise SettingsError(
            "KG_ENRICH_REMOTE_URL must be the server's address, such as http://gpu-1:8000"
        )
    if parts.username or parts.password:
        raise SettingsError("KG_ENRICH_REMOTE_URL holds a password: use KG_ENRICH_REMOTE_TOKEN")
    if parts.query or parts.fragment:
        raise SettingsError("KG_ENRICH_REMOTE_URL must end before any ? or #")
    shown = f"[{host}]" if ":" in host else host
    full = f"{shown}:{port or _DEFAULT_PORTS[parts.scheme]}"
    allowed = {one.strip().lower() for one in hosts}
    if not _is_loopback(host) and allowed.isdisjoint((host, shown, full)):
        raise SettingsError(
            f"no image may be sent to {full}: if it may, add it to KG_ENRICH_REMOTE_HOSTS"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
