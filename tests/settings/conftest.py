"""A config folder to spoil."""

from collections.abc import Callable
from pathlib import Path

import pytest

DEFAULT = "channels: {deploys: '#deploys'}\n"
Config = Callable[..., Path]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Write config files, by the name without .yml; return the root that they lie below."""
    folder = tmp_path / "config"
    folder.mkdir()

    def write(**files: str | None) -> Path:
        plain: dict[str, str | None] = {"default": DEFAULT, "services": "", "people": "", "production": ""}
        for name, text in (plain | files).items():
            if text is not None:
                (folder / f"{name}.yml").write_text(text, encoding="utf-8")
        return tmp_path

    return write
