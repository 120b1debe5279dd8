"""The beat that keeps the stages going: feedback to publishers, an end to who fell silent, figures."""

from __future__ import annotations

import asyncio
import logging
import time

from . import metrics
from .peers import Peers
from .stage import Stage
from .stages import Stages

log = logging.getLogger(__name__)

BEAT = 0.05  # s between two rounds of feedback; what congestion control expects
_BEATS_A_SECOND = round(1 / BEAT)


async def tend(stages: Stages, peers: Peers) -> None:
    """Feedback to the publishers at every beat, and once a second what takes longer to change."""
    count = 0
    while True:
        await asyncio.sleep(BEAT)
        count += 1
        now, is_second = time.time(), count % _BEATS_A_SECOND == 0
        for stage in stages:
            try:
                _tend_one(stage, now, is_second)
            except Exception:  # one bad stage must not stop the feedback of all others
                log.exception("a stage was not tended", extra={"fields": {"session": stage.session_id}})
        if is_second:
            peers.expire(now)
            _measure(stages, peers)


def _tend_one(stage: Stage, now: float, is_second: bool) -> None:
    """Feedback for the publisher; and once a second, an end to peers that fell silent."""
    if stage.publisher is not None:
        stage.publisher.feed_back(now)
    if is_second:
        stage.measure(BEAT * _BEATS_A_SECOND)
        for peer in stage.silent_peers(now):
            peer.ended.set()


def _measure(stages: Stages, peers: Peers) -> None:
    metrics.PUBLISHERS.set(sum(stage.publisher is not None for stage in stages))
    metrics.VIEWERS.set(stages.viewers)
    metrics.PEERS.set(len(peers))
    metrics.LANES.set(len(peers.agents))
    metrics.ADDRESSES.set(sum(port.addresses for port in peers.ports))
    metrics.TASKS.set(len(asyncio.all_tasks()))
