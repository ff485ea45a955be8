"""Run by alembic. The connection and its transaction come from :mod:`soutui.store.migrate`."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    # SQLite changes a table by copying it.
    render_as_batch=True,
    # A process killed half way leaves the old schema, not a mixture.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
