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
