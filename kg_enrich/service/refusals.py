"""Answers that are a refusal."""

from collections.abc import Mapping


class Refused(Exception):
    """A request that is not served. code: of a text in the catalogue; values fill it in.

    headers: of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        *,
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.values = values
