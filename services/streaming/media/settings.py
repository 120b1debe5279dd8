"""The media node's settings, read once from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .hls.settings import HlsSettings


class MissingSetting(Exception):
    """A setting without a default is not set, or cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that may differ between one node and another.

    `hosts` are bound for HTTP and UDP; `announced` are the addresses that browsers are told, one for each host,
    where they differ (a container, an address translation). Without `amqp_url` the node runs alone and only logs
    its events. `turn_secret` makes credentials for those of `ice_servers` that are relays, good for `turn_ttl` s.
    `capacity` is how many viewers fit; `region` is where the node stands, in the words of the operator.
    Without `native`, packets are forwarded by pure Python also where the fan-out in C was built.
    """

    capability_secret: bytes
    node: str = "media-1"
    hosts: tuple[str, ...] = ("127.0.0.1",)
    announced: tuple[str, ...] = ()
    port: int = 8100
    udp_ports: tuple[int, ...] = (0,)
    url: str = ""
    amqp_url: str = ""
    ice_servers: tuple[str, ...] = ()
    turn_secret: bytes = b""
    turn_ttl: int = 3600
    region: str = ""
    capacity: int = 500
    native: bool = True
    log_level: str = "INFO"
    hls: HlsSettings = field(default_factory=HlsSettings)

    @property
    def reachable_at(self) -> str:
        """The HTTP address of this node as others are told."""
        return self.url or f"http://{self.hosts[0]}:{self.port}"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Settings:
        """Reads `SUBVENUE_*`. Raises `MissingSetting` with the name of what is missing or unreadable."""
        return cls(
            capability_secret=_secret(environ.get("SUBVENUE_CAPABILITY_SECRET_FILE", "")),
            node=environ.get("SUBVENUE_MEDIA_NODE") or cls.node,
            hosts=_words(environ.get("SUBVENUE_MEDIA_HOST", "")) or cls.hosts,
            announced=_words(environ.get("SUBVENUE_MEDIA_ANNOUNCE", "")),
            port=int(environ.get("SUBVENUE_MEDIA_PORT") or cls.port),
            udp_ports=_ports(environ.get("SUBVENUE_MEDIA_UDP_PORTS", "")) or cls.udp_ports,
            url=environ.get("SUBVENUE_MEDIA_URL", ""),
            amqp_url=environ.get("SUBVENUE_AMQP_URL", ""),
            ice_servers=_words(environ.get("SUBVENUE_ICE_SERVERS", "")),
            turn_secret=environ.get("SUBVENUE_TURN_SECRET", "").encode(),
            turn_ttl=int(environ.get("SUBVENUE_TURN_TTL") or cls.turn_ttl),
            region=environ.get("SUBVENUE_MEDIA_REGION", "").strip(),
            capacity=int(environ.get("SUBVENUE_MEDIA_CAPACITY") or cls.capacity),
            native=environ.get("SUBVENUE_MEDIA_NATIVE", "") != "0",
            log_level=environ.get("SUBVENUE_LOG_LEVEL") or cls.log_level,
            hls=HlsSettings.from_environment(environ),
        )


def _secret(path: str) -> bytes:
    """The secret shared with streaming control; at least 32 bytes, as HS256 wants (RFC 7518, 3.2)."""
    if not path:
        raise MissingSetting("SUBVENUE_CAPABILITY_SECRET_FILE is not set")
    try:
        secret = Path(path).read_bytes().strip()
    except OSError as error:
        raise MissingSetting(f"SUBVENUE_CAPABILITY_SECRET_FILE: {error.strerror}") from error
    if len(secret) < 32:
        raise MissingSetting("SUBVENUE_CAPABILITY_SECRET_FILE holds fewer than 32 bytes")
    return secret


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _ports(text: str) -> tuple[int, ...]:
    """The ports of "40000-40999" or "40000"."""
    first, _, last = text.partition("-")
    if not first:
        return ()
    try:
        return tuple(range(int(first), int(last or first) + 1))
    except ValueError as error:
        raise MissingSetting("SUBVENUE_MEDIA_UDP_PORTS is a range such as 40000-40999") from error
