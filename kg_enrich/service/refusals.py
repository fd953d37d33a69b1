"""Answers that are a refusal."""


class Refused(Exception):
    """A request that is not served. code: of a text in the catalogue; values fill it in."""

    def __init__(self, status: int, code: str, **values: object) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.values = values
