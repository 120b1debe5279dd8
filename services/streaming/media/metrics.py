"""What the node counts, for Prometheus. Counters move once for an incoming packet, not once for each viewer."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

PUBLISHERS = Gauge("subvenue_media_publishers", "Publishers on stage.")
VIEWERS = Gauge("subvenue_media_viewers", "Viewers connected.")
PEERS = Gauge("subvenue_media_peers", "Peers open, those that still connect included.")
LANES = Gauge("subvenue_media_lanes", "Shares of the UDP ports that peers hold.")
ADDRESSES = Gauge("subvenue_media_addresses", "Remote addresses known to belong to a peer.")
TASKS = Gauge("subvenue_media_tasks", "Tasks of the event loop.")

PACKETS_RECEIVED = Counter("subvenue_media_packets_received_total", "RTP packets of publishers.", ["kind"])
PACKETS_FORWARDED = Counter("subvenue_media_packets_forwarded_total", "RTP packets to viewers.", ["kind"])
OCTETS_FORWARDED = Counter("subvenue_media_octets_forwarded_total", "RTP payload to viewers, in bytes.", ["kind"])
PACKETS_RESENT = Counter("subvenue_media_packets_resent_total", "RTP packets sent again to viewers.")

NACKS = Counter("subvenue_media_nacks_total", "Packets asked for again, by who asked.", ["by"])
NACKS_SENT, NACKS_RECEIVED = NACKS.labels("node"), NACKS.labels("viewers")
PLIS = Counter("subvenue_media_plis_total", "Key frames asked for, by who asked.", ["by"])
PLIS_SENT, PLIS_RECEIVED = PLIS.labels("node"), PLIS.labels("viewers")

DROPPED = Counter("subvenue_media_dropped_total", "Packets that went no further, by reason.", ["reason"])
DROPPED_STRANGER = DROPPED.labels("stranger")  # belongs to no peer
DROPPED_MALFORMED = DROPPED.labels("malformed")  # forged, replayed or not to be parsed
DROPPED_UNKNOWN = DROPPED.labels("unknown-format")  # a payload type that was not agreed
DROPPED_UNPROTECTED = DROPPED.labels("unprotected")  # libsrtp refused to protect it
DROPPED_UNSENT = DROPPED.labels("unsent")  # the kernel refused to send it
