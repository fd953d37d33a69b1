"""A model server of the tests' own: real HTTP on this machine, in the shapes that are documented.

It judges a pair by arithmetic on the text and the picture's pixels, so that a test knows every
answer. Faults are chosen by number: the n-th request is answered by the n-th fault, if there is
one.
"""

import base64
import json
import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

from PIL import Image

# What a request is answered with: a status, headers, a body.
Reply = tuple[int, Mapping[str, str], bytes]
Fault = Callable[["Received", Any], Reply]
# The mean red, green and blue of a picture's colours, and how many of its pixels are dark grey.
Seen = tuple[int, int, int, int]
Odds = Callable[[str, Seen], float]


@dataclass(frozen=True)
class Received:
    """One request. body: its JSON, or the fields of its form. images: their bytes, in order."""

    path: str
    headers: Mapping[str, str]
    body: Any
    images: Sequence[bytes]


def odds(text: str, seen: Seen) -> float:
    """Log-odds of a text about a colour, and perhaps a shape."""
    words = text.lower()
    named = [place for place, word in enumerate(("red", "green", "blue")) if word in words]
    if not named:
        return -2.0
    others = [seen[place] for place in range(3) if place != named[0]]
    answer = (seen[named[0]] - sum(others) / 2) / 20
    for word, dark in (("lamp", True), ("triangle", False)):
        if word in words:
            answer += 1.0 if bool(seen[3]) is dark else -1.0
    return answer


@dataclass
class ModelServer:
    """faults: by the number of the request, from 0. judge: log-odds of a pair.

    together: requests that must be at work at the same time before the first is answered.
    """

    url: str = ""
    judge: Odds = odds
    faults: dict[int, Fault] = field(default_factory=dict)
    always: Fault | None = None
    received: list[Received] = field(default_factory=list)
    most_at_once: int = 0
    together: int = 1
    delay: float = 0.0
    _now: int = 0
    _lock: threading.Condition = field(default_factory=threading.Condition)

    def answer(self, request: Received) -> Reply:
        with self._lock:
            number = len(self.received)
            self.received.append(request)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            self._lock.notify_all()
            self._lock.wait_for(lambda: self.most_at_once >= self.together, 60)
        try:
            time.sleep(self.delay)
            right = _SHAPES[request.path](request, self.judge)
            fault = self.faults.get(number, self.always)
            return fault(request, right) if fault else _json(right)
        finally:
            with self._lock:
                self._now -= 1


@contextmanager
def serving() -> Iterator[ModelServer]:
    """A server on a free port of this machine."""
    model = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # head and body in one packet

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            body, images = _content(self.headers["Content-Type"], data)
            request = Received(self.path, dict(self.headers), body, images)
            status, headers, reply = model.answer(request)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(reply)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply)
            if len(reply) != int(headers.get("Content-Length", len(reply))):
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that did not wait is no error here."""

    server = Server(("127.0.0.1", 0), Handler)
    model.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def dripping(seconds: float) -> Iterator[tuple[ModelServer, list[int]]]:
    """A server that promises a thousand bytes and sends one in so many seconds, and how many each
    request got before its client went."""
    drops: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            place = len(drops)
            drops.append(0)
            with suppress(OSError):
                while drops[place] < 1000:
                    self.wfile.write(b" ")
                    drops[place] += 1
                    time.sleep(seconds)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield ModelServer(f"http://127.0.0.1:{server.server_address[1]}"), drops
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _json(value: Any, status: int = 200, **headers: str) -> Reply:
    names = {name.replace("_", "-"): one for name, one in headers.items()}
    return status, {"Content-Type": "application/json", **names}, json.dumps(value).encode()


def says(status: int, **headers: str) -> Fault:
    """Another status than 200."""
    return lambda request, right: _json({"error": f"status {status}"}, status, **headers)


def truncated(request: Received, right: Any) -> Reply:
    """The connection ends in the middle of the body."""
    _, headers, body = _json(right)
    return 200, {**headers, "Content-Length": str(len(body))}, body[: len(body) // 2]


def half_a_json(request: Received, right: Any) -> Reply:
    body = json.dumps(right).encode()
    return 200, {}, body[: len(body) // 2]


def changed(change: Callable[[Any], Any]) -> Fault:
    """The right reply, with a change."""
    return lambda request, right: _json(change(right))


def slow(seconds: float) -> Fault:
    def wait(request: Received, right: Any) -> Reply:
        time.sleep(seconds)
        return _json(right)

    return wait


def _content(kind: str, data: bytes) -> tuple[Any, list[bytes]]:
    if kind.startswith("application/json"):
        return json.loads(data), []
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    form = BytesParser(policy=HTTP).parsebytes(head + data)
    fields: dict[str, Any] = {"names": []}
    images = []
    for part in form.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        if name := part.get_filename():
            fields["names"].append(name)
            images.append(content)
        else:
            fields[str(part.get_param("name", header="content-disposition"))] = content.decode()
    return fields, images


def look(image: bytes) -> Seen:
    picture = Image.open(BytesIO(image)).convert("RGB")
    count, dark, sums = 0, 0, [0, 0, 0]
    for many, value in picture.getcolors(1 << 12) or []:
        assert isinstance(value, tuple)
        if max(value) - min(value) > 30:
            count += many
            sums = [total + many * part for total, part in zip(sums, value, strict=True)]
        elif max(value) < 100:
            dark += many
    red, green, blue = (round(total / max(count, 1)) for total in sums)
    return red, green, blue, dark


def _of_uri(part: Mapping[str, Any]) -> bytes:
    assert part["type"] == "image_url"
    head, _, data = part["image_url"]["url"].partition(",")
    assert head in ("data:image/png;base64", "data:image/jpeg;base64")
    return base64.b64decode(data)


def _probabilities(query: str, images: Sequence[bytes], judge: Odds) -> list[tuple[int, float]]:
    """Places and probabilities, the best first, as rerank servers sort them."""
    found = [(place, _sigmoid(judge(query, look(one)))) for place, one in enumerate(images)]
    return sorted(found, key=lambda pair: -pair[1])


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def _rerank(request: Received, judge: Odds) -> Any:
    """vLLM, SGLang and Jina share the path; their documents differ."""
    body = request.body
    first = body["documents"][0]
    if isinstance(first, list):
        images = [_of_uri(one) for (one,) in body["documents"]]
        rows = _probabilities(body["query"], images, judge)
        return [{"score": p, "index": i, "document": None, "meta_info": {}} for i, p in rows]
    if "image" in first:
        images = [base64.b64decode(one["image"]) for one in body["documents"]]
    else:
        images = [_of_uri(part) for one in body["documents"] for part in one["content"]]
    assert len(images) == len(body["documents"])
    rows = _probabilities(body["query"], images, judge)
    if body.get("use_activation") is False:
        rows = [(place, math.log(p / (1 - p))) for place, p in rows]
    results = [{"index": i, "document": {}, "relevance_score": p} for i, p in rows]
    return {"id": "rerank-1", "model": body["model"], "usage": {}, "results": results}


def _score(request: Received, judge: Odds) -> Any:
    body = request.body
    images = [_of_uri(part) for one in body["documents"] for part in one["content"]]
    rows = _probabilities(body["queries"], images, judge)
    return {"data": [{"index": i, "object": "score", "score": p} for i, p in rows]}


def _own(request: Received, judge: Odds) -> Any:
    rows = _probabilities(request.body["query"], request.images, judge)
    results = [
        {
            "image_path": request.body["names"][place],
            "score": 10 * p,
            "rank": rank,
            "raw_output": f"Score: {10 * p:.1f}",
        }
        for rank, (place, p) in enumerate(rows, 1)
    ]
    return {"results": results, "skipped": [], "total_time_ms": 1}


def _systemone(request: Received, judge: Odds) -> Any:
    body = request.body
    ((name, asset),) = body["assets"].items()
    assert body["state"] == name
    seen = look(base64.b64decode(asset["data_base64"]))
    answers = {
        key: {"type": "noul", "noul": _sigmoid(judge(one["instructions"], seen))}
        for key, one in body["questions"].items()
    }
    return {"model": body["model"], "answers": answers, "usage": {}}


def _chat(request: Received, judge: Odds) -> Any:
    body = request.body
    text, image, *rest = body["messages"][1]["content"]
    if rest:
        colours = dict(zip(look(_of_uri(image)), ("red", "green", "blue"), strict=False))
        content = f"It shows a {colours[max(colours)]} light. And more.<|im_end|>"
        return {"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}
    chance = _sigmoid(judge(text["text"], look(_of_uri(image))))
    if not body.get("logprobs"):
        content = f"Score: {10 * chance:.1f}\nThe picture shows it."
        return {"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}
    top = [
        {"token": token, "logprob": math.log(p)}
        for token, p in (("yes", chance * 0.75), (" Yes", chance * 0.25), ("no", 1 - chance))
    ]
    first = {**top[0], "top_logprobs": top}
    return {
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": "yes"},
                "logprobs": {"content": [first]},
            }
        ]
    }


_SHAPES: dict[str, Callable[[Received, Odds], Any]] = {
    "/v1/rerank": _rerank,
    "/v1/score": _score,
    "/api/rerank": _own,
    "/v1/systemone": _systemone,
    "/v1/chat/completions": _chat,
}
