"""The server's own refusals, beside those of the engine: stable codes, one sentence each, never anything personal."""

from sync.errors import Refusal


class DatabaseUnavailable(Refusal):
    """The database did not answer."""

    code = "database_unavailable"
    status = 503
    sentence = "The database does not answer. Nothing was stored; try again shortly."


class MigrationPending(Refusal):
    """The database stands at another migration than this code was written for."""

    code = "migration_pending"
    status = 503
    sentence = "The database is not at this version's migration. Run `escale migrate`."


class LineChanged(Refusal):
    """The line of the directory is not, or no longer, as the caller knew it."""

    code = "line_changed"
    status = 412
    sentence = "Somebody else has written this line in the meantime. Read it again, then write."


class PreconditionMissing(Refusal):
    """A line is written without saying which one is meant to be replaced."""

    code = "precondition_missing"
    status = 428
    sentence = "Say If-None-Match: * for a new line, or If-Match with the version that it replaces."


class UnknownReference(Refusal):
    """A line names another one that the association does not have."""

    code = "unknown_reference"
    status = 422
    sentence = "The line refers to another line that is not there."


class JoinExpired(Refusal):
    """The join link is unknown or its time is over: both look the same."""

    code = "join_expired"
    status = 404
    sentence = "The join link is unknown or has expired. Ask for a new one."


class JoinUsed(Refusal):
    """Another device has used the join link."""

    code = "join_used"
    status = 409
    sentence = "The join link was used by another device. Ask for a new one."
