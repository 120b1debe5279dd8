"""The gateway's settings, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "web"


class MissingSetting(Exception):
    """A setting without a default is not set."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that may differ between one run and another. Times in seconds."""

    amqp_url: str
    public_key_file: Path
    host: str = "127.0.0.1"
    port: int = 8000
    rpc_deadline: float = 2.5
    log_level: str = "INFO"
    cors_origins: tuple[str, ...] = ()
    #: Bytes of answers that are kept; 0 keeps none.
    cache_bytes: int = 64 * 1024 * 1024
    #: Requests of one lane (`/api/v1/<lane>/…`) that are worked on at the same time.
    most_under_way: int = 256
    #: Requests a second of one client, by its token, or by its address without one; 0 for no limit.
    rate_per_token: float = 100.0
    rate_per_address: float = 2_000.0
    web: Path = WEB

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Read `SUBVENUE_*`; raises `MissingSetting` with the name of what has no default."""

        def needed(name: str) -> str:
            if not environ.get(name):
                raise MissingSetting(f"{name} is not set")
            return environ[name]

        return cls(
            amqp_url=needed("SUBVENUE_AMQP_URL"),
            public_key_file=Path(needed("SUBVENUE_TOKEN_PUBLIC_KEY_FILE")),
            host=environ.get("SUBVENUE_HOST") or cls.host,
            port=int(environ.get("SUBVENUE_PORT") or cls.port),
            rpc_deadline=float(environ.get("SUBVENUE_RPC_DEADLINE") or cls.rpc_deadline),
            log_level=environ.get("SUBVENUE_LOG_LEVEL") or cls.log_level,
            cache_bytes=int(environ.get("SUBVENUE_CACHE_BYTES") or cls.cache_bytes),
            most_under_way=int(environ.get("SUBVENUE_UNDER_WAY") or cls.most_under_way),
            rate_per_token=float(environ.get("SUBVENUE_RATE_PER_TOKEN") or cls.rate_per_token),
            rate_per_address=float(environ.get("SUBVENUE_RATE_PER_ADDRESS") or cls.rate_per_address),
            cors_origins=tuple(filter(None, environ.get("SUBVENUE_CORS_ORIGINS", "").split(","))),
        )
