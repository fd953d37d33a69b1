"""What a program is answered that cannot be served."""

from kg_enrich.answers.shape import Shape, Text


class ProblemDetail(Shape):
    """Why a request was not served."""

    code: str
    """For programs: the same for the same kind of trouble."""
    message: Text
    """One line for a person."""
    request: str
    """The request's id, which the log has, too."""


class Problem(Shape):
    """A request that was not served."""

    error: ProblemDetail
