"""Writes the statements of a migration out; the drivers run them, as they run everything else."""

from alembic import context

context.configure(
    dialect_name=context.config.get_main_option("dialect"),
    as_sql=True,
    output_buffer=context.config.attributes["output"],
)
context.run_migrations()
