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
