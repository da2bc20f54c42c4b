"""The settings of a server: defaults, then a TOML file, then ``AVATAR_SERVER_*`` in the
environment, then the command line; the later wins.

Lists in the environment are written as JSON: ``AVATAR_SERVER_AVATARS='["/srv/avatars"]'``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from avatar_server.builtin import builtin_folder
from avatar_server.errors import SettingsError

CONFIG_VARIABLE = "AVATAR_SERVER_CONFIG"
"""The environment variable that names the TOML file."""


def default_imports() -> Path:
    """Where imported avatars are kept (XDG Base Directory Specification)."""
    home = os.environ.get("XDG_DATA_HOME")
    return (Path(home) if home else Path.home() / ".local" / "share") / "avatar-server" / "avatars"


class IceServer(BaseModel):
    """A STUN or TURN server (RTCIceServer of the W3C's WebRTC)."""

    urls: str
    username: str | None = None
    credential: str | None = None


class Settings(BaseSettings):
    """All settings of ``avatar-server serve``."""

    model_config = SettingsConfigDict(
        env_prefix="AVATAR_SERVER_", extra="forbid", validate_assignment=True
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    engine: Literal["local", "process", "ray"] = "process"
    """Where workers run: in the gateway's own process, in processes of this machine, in a
    Ray cluster."""
    workers: int = Field(default=0, ge=0, le=256)
    """Number of workers; 0 is one for each core."""
    capacity: Literal["auto"] | int = "auto"
    """Callers at once, over all workers; ``auto`` measures the machine."""
    adaptive: bool = True
    """Let frame rate, then size, then tracking give way while a worker is too busy."""
    pin_workers: bool = True
    """Bind each worker to a core of its own where there is a worker for each core."""

    size: int = Field(default=512, ge=64, le=1080)
    fps: int = Field(default=30, ge=1, le=60)
    codec: Literal["auto", "vp8", "h264"] = "auto"
    hardware_encoder: bool = True
    """Encode H.264 on a GPU that can (NVENC)."""
    background: str = "studio"
    avatar: str = "ani"
    """The avatar of a caller who names none."""
    avatars: list[Path] = Field(default_factory=list)
    """Folders of avatars beside those that ship with the package."""
    imports: Path = Field(default_factory=default_imports)
    """Where avatars that are imported over HTTP are kept."""
    allow_imports: bool = True
    commercial_usage: Literal["personalNonProfit", "personalProfit", "corporation"] = (
        "personalNonProfit"
    )
    """What this server is used for, in VRM's words; avatars whose licence allows less are left
    out."""
    max_rating: Literal["general", "teen", "mature"] = "teen"
    """Actions that are rated higher cannot be started."""
    tracker: Literal["litert", "mediapipe"] = "litert"
    face_model: Path | None = None
    renderer: Literal["auto", "raster", "moderngl"] = "auto"
    """What draws: ``raster`` on the processor, ``moderngl`` by OpenGL; ``auto`` takes OpenGL where
    there is a GPU."""

    bind_addresses: list[str] = Field(default_factory=list)
    """Local addresses for media; empty is every address of the machine but loopback."""
    udp_ports: tuple[int, int] | None = None
    """Lowest and highest UDP port for media; unset leaves it to the system."""
    ice_servers: list[IceServer] = Field(default_factory=list)
    tokens: list[str] = Field(default_factory=list)
    """Bearer tokens that may start sessions and import avatars; empty asks for none."""
    cors_origins: list[str] = Field(default_factory=list)
    """Web origins whose pages may call the interface; ``["*"]`` is any."""

    session_limit_s: float = Field(default=4 * 3600.0, gt=0)
    connect_limit_s: float = Field(default=30.0, gt=0)
    """A caller whose connection is not up by then is let go."""
    idle_limit_s: float = Field(default=12.0, gt=5.0)
    """A caller of whom nothing was heard for so long has vanished; consent checks come every five
    seconds (RFC 7675)."""
    drain_limit_s: float = Field(default=10.0, ge=0)
    """How long the sessions that run at SIGTERM may go on."""
    max_offer_bytes: int = Field(default=64 * 1024, gt=0)
    max_upload_bytes: int = Field(default=64 * 1024 * 1024, gt=0)
    import_limit_s: float = Field(default=30.0, gt=0)

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    access_log: bool = False
    """Log each HTTP request; without addresses unless ``log_addresses``."""
    log_addresses: bool = False

    @field_validator("capacity")
    @classmethod
    def _positive(cls, value: str | int) -> str | int:
        if isinstance(value, int) and value < 1:
            raise ValueError("is 'auto' or a number of callers from 1 up")
        return value

    @field_validator("size")
    @classmethod
    def _even(cls, value: int) -> int:
        if value % 2:
            raise ValueError("is an even number of pixels")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def worker_count(self) -> int:
        return self.workers or len(os.sched_getaffinity(0))

    @property
    def avatar_folders(self) -> list[Path]:
        """Where avatars are looked for; the first that has an id wins."""
        return [builtin_folder("avatars"), *self.avatars, self.imports]


def load_settings(config: Path | None = None, **options: Any) -> Settings:
    """The settings with ``options`` (those that are not None) over all other sources. The TOML
    file is ``config``, else the one that ``AVATAR_SERVER_CONFIG`` names, else none.

    Raises SettingsError with one line for the first setting that does not fit.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    path = config or (Path(named) if named else None)
    if path is not None and not path.is_file():
        raise SettingsError(f"there is no settings file {path}; give the path of one")

    class FromFile(Settings):
        model_config = SettingsConfigDict(toml_file=path)

    try:
        return FromFile(**{name: value for name, value in options.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"setting {name!r}: {first['msg']}") from error
    except ValueError as error:
        raise SettingsError(f"settings cannot be read: {error}") from error
