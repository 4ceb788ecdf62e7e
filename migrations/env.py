"""Alembic's environment: it works on the connection and in the transaction that wiki.migrate has opened."""

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON

from wiki import db


def render(kind: str, item: object, autogenerate: AutogenContext) -> str | bool:
    """Write our own types out as what they are in the database: a migration must not change when our code does."""
    if kind == "type" and isinstance(item, db.Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        autogenerate.imports.add("from sqlalchemy.dialects.postgresql import JSONB")
        return 'sa.JSON().with_variant(JSONB(), "postgresql")'
    return False


def drop_empty(made: object, revision: object, directives: list) -> None:
    """Write no migration that does nothing."""
    if directives and directives[0].upgrade_ops.is_empty():
        directives.clear()


connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Migrations run through wiki.migrate; use `chancery init`.")

context.configure(
    connection=connection,
    target_metadata=db.Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,
    render_item=render,
    process_revision_directives=drop_empty,
)
with context.begin_transaction():
    context.run_migrations()
