"""Questions to requests, and replies to answers; a failure costs as few pairs as can be."""

from collections.abc import Sequence

from kg_enrich.scorers.remote.asking import Answer, Asked, ReplyError, Wire
from kg_enrich.scorers.remote.client import Client, FailedRequest

Answered = list[tuple[Asked, Answer]]


class Exchange:
    """One protocol on one server. Safe to share between threads."""

    def __init__(self, wire: Wire, client: Client) -> None:
        self._wire = wire
        self._client = client

    def requests(self, asked: Sequence[Asked]) -> list[list[Asked]]:
        """The questions, those of a request together."""
        groups: dict[str, list[Asked]] = {}
        for one in asked:
            groups.setdefault(self._shared(one), []).append(one)
        most = self._wire.most
        return [
            group[start : start + most]
            for group in groups.values()
            for start in range(0, len(group), most)
        ]

    def ask(self, asked: Sequence[Asked]) -> Answered:
        """An answer for each question of a request. Errors: ScorerError."""
        try:
            reply = self._client.ask(self._wire.request(asked))
            answers = self._wire.read(reply, asked)
        except FailedRequest as error:
            if error.divisible and len(asked) > 1:
                # One pair that the server chokes on must not cost its neighbours.
                return [answered for one in asked for answered in self.ask([one])]
            return [(one, Answer(None, str(error))) for one in asked]
        except ReplyError as error:
            return [(one, Answer(None, str(error))) for one in asked]
        missing = Answer(None, "the server gave no answer for this pair")
        answered = [(one, answers.get(place, missing)) for place, one in enumerate(asked)]
        return [(one, self._again(one, answer)) for one, answer in answered]

    def _again(self, one: Asked, answer: Answer) -> Answer:
        """A second answer where the first had another form than was asked for."""
        second = getattr(self._wire, "second", None)
        if second is None or not answer.unread:
            return answer
        return Exchange(second, self._client).ask([one])[0][1]

    def _shared(self, one: Asked) -> str:
        if self._wire.shared == "text":
            return one.text
        if self._wire.shared == "picture":
            return one.picture.digest
        return f"{one.picture.digest} {one.text}"
