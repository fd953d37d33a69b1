"""Every error that kg-enrich raises on purpose.

The message is one line for a person: what happened, where, and what to do. The command line
prints it as it is and exits with the class's `exit_code`.
"""


class KgEnrichError(Exception):
    """The run, or the command, failed."""

    exit_code = 1


class SettingsError(KgEnrichError):
    """A setting, an argument or a file the user named cannot be used."""

    exit_code = 2


class GraphError(KgEnrichError):
    """Neo4j refused, failed or could not be reached."""


class GraphBehindError(SettingsError):
    """The graph lacks migrations that this version needs."""


class LeaseHeldError(KgEnrichError):
    """Another run of the same job is at work."""

    exit_code = 3


class LeaseLostError(KgEnrichError):
    """This run's lease was taken over; nothing more may be written."""


class EmbeddedServerError(KgEnrichError):
    """The embedded Neo4j could not be brought, started or stopped."""


class UnreadableImageError(KgEnrichError):
    """One image cannot be read, however often; it is left alone until it changes."""


class ReadingError(KgEnrichError):
    """One image, or the text in it, could not be read this time; a later run may succeed."""


class ScorerError(KgEnrichError):
    """The scorer cannot work at all (a single pair's trouble is a judgement, not an error)."""


class Interrupted(KgEnrichError):
    """The run was asked to stop, finished the batch in hand and recorded it."""

    exit_code = 130
