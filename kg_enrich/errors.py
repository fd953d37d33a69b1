"""Every error that kg-enrich raises on purpose.

The message is one line for a person: what happened, where, and what to do. The command line
prints it as it is and exits with the class's `exit_code`.

    KgEnrichError (1)             the run, or the command, failed
    ├── SettingsError (2)         a setting, an argument or a named file cannot be used
    │   └── GraphBehindError (2)  the graph lacks migrations that this version needs
    ├── GraphError (1)            Neo4j refused, failed or could not be reached
    │   ├── TransactionTooLargeError  it took too much time or memory; smaller ones may not
    │   ├── NotThereError         what was named is not there, or not just once
    │   └── NotNowError           what the graph holds by now stands against it
    ├── OutOfDateError (1)        what a person spoke of is no longer what they were shown
    ├── LeaseHeldError (3)        another run of the same job is at work
    ├── BrakeError (5)            a run was about to withdraw too much evidence
    ├── LeaseLostError (1)        another run took this run's lease over
    ├── EmbeddedServerError (1)   the embedded Neo4j could not be brought, started or stopped
    ├── ClosedError (1)           a handle was used after it was closed
    ├── ScorerError (1)           the scorer cannot work at all
    │   └── NoReasonsError        its start test shows that it writes no reasons
    ├── EngineError (1)           the cluster that a run is spread over failed
    ├── BusyError (1)             too much waits to be scored; ask again later
    ├── ImageError (1)            one image was not read
    │   ├── UnreadableImageError  it cannot be read, however often; it is left alone
    │   └── ReadingError          it could not be read this time; a later run tries again
    ├── BadJobError (1)           a job of a watch folder cannot be done as it is
    └── Interrupted (130)         the run was asked to stop, and stopped
"""


class KgEnrichError(Exception):
    """The run, or the command, failed."""

    exit_code = 1


class SettingsError(KgEnrichError):
    """A setting, an argument or a file that the user named cannot be used."""

    exit_code = 2


class GraphBehindError(SettingsError):
    """The graph lacks migrations that this version needs."""


class GraphError(KgEnrichError):
    """Neo4j refused, failed or could not be reached."""


class TransactionTooLargeError(GraphError):
    """A transaction took more time or memory than the server allows; smaller ones may not."""


class NotThereError(GraphError):
    """What a caller named, or what a run needs, is not in the graph, or not just once."""


class NotNowError(GraphError):
    """What the graph holds by now stands against it: other people's words, another picture."""


class OutOfDateError(KgEnrichError):
    """What a person spoke of is no longer what they were shown; nothing was written."""


class LeaseHeldError(KgEnrichError):
    """Another run of the same job is at work."""

    exit_code = 3


class LeaseLostError(KgEnrichError):
    """Another run took this run's lease over; nothing more may be written."""


class BrakeError(KgEnrichError):
    """A run was about to withdraw too much; a person must look, and allow it or undo it."""

    exit_code = 5


class EmbeddedServerError(KgEnrichError):
    """The embedded Neo4j could not be brought, started or stopped."""


class ClosedError(KgEnrichError):
    """A handle was used after it was closed."""


class EngineError(KgEnrichError):
    """The cluster that a run is spread over failed, or stood still."""


class ImageError(KgEnrichError):
    """One image was not read."""


class UnreadableImageError(ImageError):
    """One image cannot be read, however often; it is left alone until it changes.

    depends: what else ends the failure when it changes ('image_max_pixels=100000000',
    'plugin=heif', 'scorer=qwen-vl'); empty when the file alone is at fault.
    """

    def __init__(self, message: str, depends: str = "") -> None:
        super().__init__(message)
        self.depends = depends


class ReadingError(ImageError):
    """One image, or the text in it, could not be read this time; a later run may succeed."""


class ScorerError(KgEnrichError):
    """The scorer cannot work at all (trouble with a single pair is a judgement, no error)."""


class NoReasonsError(ScorerError):
    """The start test shows that a model writes no reasons; asked again, it would say the same."""


class BusyError(KgEnrichError):
    """Too much waits to be scored already. seconds: after which asking again may help."""

    def __init__(self, message: str, seconds: int) -> None:
        super().__init__(message)
        self.seconds = seconds


class BadJobError(KgEnrichError):
    """A job of a watch folder cannot be done as it is: its archive or its text is at fault."""


class Interrupted(KgEnrichError):
    """The run was asked to stop, finished the batch in hand and recorded it."""

    exit_code = 130
