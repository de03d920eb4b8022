"""Alembic's entry: runs on the connection that it is given."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from bot.migrations.tables import TABLES

assert TABLES, "importing them fills the metadata"


def _render(kind: str, item: Any, _autogen: object) -> str | Literal[False]:
    return "sa.String()" if kind == "type" and isinstance(item, AutoString) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
