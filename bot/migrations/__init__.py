"""The schema, step by step. Applied at start on SQLite, by `quarterdeck migrate` elsewhere."""

from pathlib import Path

from sqlalchemy import Connection

from bot.store import Store


async def migrate(store: Store) -> bool:
    """Bring the schema to the newest revision; False when it is there already."""
    if await store.current():
        return False
    async with store.engine.begin() as connection:
        await connection.run_sync(_upgrade)
    return True


def _upgrade(connection: Connection) -> None:
    from alembic import command  # 0.2 s that a start needs once per release
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
