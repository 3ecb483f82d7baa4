"""What the command reads from the environment."""

import os
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from studio.trouble import Exit, Trouble


class Settings(BaseSettings):
    """Read with the prefix ``STUDIO_``; the command line's options win."""

    model_config = SettingsConfigDict(env_prefix="STUDIO_", extra="ignore", frozen=True)

    home: Path = Path(".studio")
    port: int | None = Field(default=None, ge=1, le=65_535, description="of the API")
    dsn: SecretStr | None = Field(default=None, description="of a database elsewhere")


def read_settings() -> Settings:
    """The settings. Raises Trouble that names the variable which is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = f"STUDIO_{'_'.join(str(part) for part in first['loc'])}".upper()
        raise Trouble(f"{name} is wrong: {first['msg']}.", code=Exit.USAGE) from error


def inherited_environment() -> dict[str, str]:
    """The environment the services start from: provider keys and proxies are set there."""
    return dict(os.environ)
