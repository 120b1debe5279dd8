"""All stages of the node: who joins, who leaves, and what comes from other nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

from messaging.contracts.streaming import StageClosed, StageOpened

from .draining import Draining
from .forwarding import Source
from .onward import Onward
from .peers import Peer, Peers
from .publisher import Publisher
from .resources import ANYBODY, Resource, Resources
from .sdp.answer import Agreed, write_answer
from .sdp.negotiation import agree_to_publish, agree_to_watch, with_layers
from .sdp.offer import Offer
from .stage import Announce, Stage
from .viewer import Viewer, new_streams

if TYPE_CHECKING:
    from .upstream import Upstream


class NobodyPublishes(Exception):
    """A viewer came before the publisher."""


class NoRoom(Exception):
    """The node is full, or is being emptied: another one is to be asked."""


@dataclass(frozen=True)
class Joined:
    """A new peer, and the answer to its offer."""

    peer: Peer
    answer: str


class Stages:
    """The stages by session, and the peers on them."""

    def __init__(self, peers: Peers, node: str, announce: Announce, capacity: int = 500) -> None:
        self._peers, self._node, self._announce = peers, node, announce
        self._most_peers = capacity + capacity // 4 + 10  # control keeps to the capacity; this is the last resort
        self.resources = Resources()
        self.relayed: dict[str, str] = {}  # sessions that come from another node, and its name
        self.draining = Draining(self.resources)
        # Called with every new stage, for example to tap it; and with every stage that is dropped.
        self.on_opened: list[Callable[[Stage], None]] = []
        self.on_dropped: list[Callable[[Stage], None]] = []
        self._stages: dict[str, Stage] = {}

    def __iter__(self) -> Iterator[Stage]:
        return iter(list(self._stages.values()))

    @property
    def epochs(self) -> dict[str, int]:
        """The sessions that are published here and live, and their epochs."""
        live = (stage for stage in self._stages.values() if stage.live)
        return {stage.session_id: stage.epoch for stage in live if stage.session_id not in self.relayed}

    @property
    def viewers(self) -> int:
        """How many watch, over all stages."""
        return sum(self.audience.values())

    @property
    def audience(self) -> dict[str, int]:
        """How many watch each session that somebody watches; nodes that pass it on count their own."""
        watching = (r for r in self.resources if r.role == "watch" and not r.is_relay)
        return dict(Counter(r.session_id for r in watching if r.peer.connected))

    def of_session(self, session_id: str) -> Stage | None:
        """The stage of a session, if there is one here."""
        return self._stages.get(session_id)

    async def publish(self, session_id: str, offer: Offer, subject: str = ANYBODY) -> Joined:
        """Answers a publisher's offer. Raises `NoRoom`, `BadOffer` or `NoCommonCodec`."""
        self._make_room()
        known = self._stages.get(session_id)
        agreed = agree_to_publish(offer, known.formats if known else {})
        peer = self._peers.open(offer.sections[min(agreed)])
        publisher = Publisher(peer, list(agreed.values()), partial(self._media_arrived, session_id))
        peer.on_connected = partial(self._published, session_id, publisher)
        peer.on_closed = partial(self._unpublished, session_id, publisher)
        return await self._join(Resource(peer, session_id, "publish", subject, publisher), offer, agreed)

    async def watch(self, session_id: str, offer: Offer, subject: str = ANYBODY, is_relay: bool = False) -> Joined:
        """Answers a viewer's offer. Raises `NoRoom`, `NobodyPublishes`, `BadOffer` or `NoCommonCodec`."""
        self._make_room()
        stage = self._stages.get(session_id)
        if stage is None or stage.publisher is None:
            raise NobodyPublishes(session_id)
        agreed = agree_to_watch(offer, stage.formats, new_streams(cname=f"stage-{stage.epoch}"))
        if is_relay:
            agreed = with_layers(agreed, offer, stage.publisher.layers)
        peer = self._peers.open(offer.sections[min(agreed)])
        parts = {offer.sections[i].kind: (offer.sections[i], part) for i, part in agreed.items()}
        viewer = (Onward if is_relay else Viewer)(peer, parts)
        peer.on_connected = partial(self._admitted, session_id, viewer)
        peer.on_closed = partial(self._dismissed, session_id, viewer)
        return await self._join(
            Resource(peer, session_id, "watch", subject, viewer, is_relay=is_relay), offer, agreed
        )

    def relay(self, session_id: str, upstream: Upstream, agreed: list[Agreed], origin: str) -> Publisher:
        """A session comes from the node called `origin`: to the viewers here, a publisher like any other."""
        publisher = Publisher(cast(Peer, upstream), agreed, partial(self._media_arrived, session_id))
        if session_id not in self._stages:
            self._stages[session_id] = Stage(session_id, self._node, self._told)
        self.relayed[session_id] = origin
        if replaced := self._stages[session_id].publish(publisher):
            replaced.peer.ended.set()
        return publisher

    def relay_ended(self, session_id: str, publisher: Publisher) -> None:
        """It does not come any more."""
        self._unpublished(session_id, publisher)

    def send_elsewhere(self, session_id: str) -> None:
        """The viewers of a session are shown out, and find by a new offer where it is now."""
        for resource in self.resources.of_session(session_id):
            resource.move()
            resource.peer.ended.set()

    def end(self, session_id: str) -> None:
        """The session is over: everybody on its stage leaves."""
        for resource in self.resources.of_session(session_id):
            resource.peer.ended.set()

    def show_out(self, session_id: str, subject: str) -> None:
        """An attendee may not be on this stage any more."""
        for resource in self.resources.of_session(session_id):
            if resource.subject == subject:
                resource.peer.ended.set()

    async def close(self, peer: Peer) -> None:
        """The client leaves; returns when nothing of it is left."""
        await self._peers.close(peer)

    def _make_room(self) -> None:
        if self.draining.active or len(self._peers) >= self._most_peers:
            raise NoRoom

    async def _join(self, resource: Resource, offer: Offer, agreed: dict[int, Agreed]) -> Joined:
        peer = resource.peer
        answer = write_answer(offer, agreed, peer.describe())
        self.resources.add(resource)
        self._peers.start(peer)
        return Joined(peer, answer)

    def _stage(self, session_id: str) -> Stage:
        if session_id not in self._stages:
            stage = self._stages[session_id] = Stage(session_id, self._node, self._told)
            for heard in self.on_opened:
                heard(stage)
        return self._stages[session_id]

    def _told(self, event: StageOpened | StageClosed) -> None:
        """A stage has opened or closed: the clients on it hear of it, and the bus where it is published here."""
        if event.session_id not in self.relayed:
            self._announce(event)
        for resource in self.resources.of_session(event.session_id):
            resource.news.set()

    def _published(self, session_id: str, publisher: Publisher) -> None:
        stage = self._stage(session_id)
        if self.relayed.pop(session_id, None):
            for heard in self.on_opened:  # a stage that was relayed is nobody's to tap
                heard(stage)
        replaced = stage.publish(publisher)
        if replaced is not None:
            replaced.peer.ended.set()

    def _unpublished(self, session_id: str, publisher: Publisher) -> None:
        self.resources.remove(publisher.peer)
        if stage := self._stages.get(session_id):
            stage.unpublish(publisher)
            self._drop_if_empty(stage)

    def _admitted(self, session_id: str, viewer: Viewer) -> None:
        viewer.move()
        self._stage(session_id).admit(viewer)

    def _dismissed(self, session_id: str, viewer: Viewer) -> None:
        self.resources.remove(viewer.peer)
        if stage := self._stages.get(session_id):
            stage.dismiss(viewer)
            self._drop_if_empty(stage)

    def _media_arrived(self, session_id: str, publisher: Publisher, source: Source) -> None:
        self._stage(session_id).media_arrived(publisher, source)

    def _drop_if_empty(self, stage: Stage) -> None:
        if stage.empty:
            self._stages.pop(stage.session_id, None)
            for heard in self.on_dropped:
                heard(stage)
