"""How a session's state follows commands, publishers and the silence of nodes, on repositories in memory."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from messaging.contracts import streaming as contracts
from messaging.contracts.errors import InvalidInput, NotAllowed, NotFound, Unavailable
from messaging.contracts.types import Actor
from services.streaming.control import handlers, queries, stages
from services.streaming.control.settings import fallbacks_of
from services.streaming.domain.placement import SILENT_SECONDS, Node, Placement
from tests.unit.in_memory import InMemory

OPERATOR = Actor("staff", ("operator",))
PRESENTER = Actor("att_presenter")
FALLBACKS = fallbacks_of("eu:us,asia; asia:us")


class NodesInMemory:
    def __init__(self) -> None:
        self.known: dict[str, Node] = {}

    def all(self) -> list[Node]:
        return list(self.known.values())

    def put(self, node: Node) -> None:
        self.known[node.name] = node

    def remove(self, name: str) -> None:
        self.known.pop(name, None)

    def cordon(self, name: str, cordoned: bool) -> Node | None:
        if node := self.known.get(name):
            node.cordoned = cordoned
        return node


class Tickets:
    def ticket(self, session_id: str, role: Any, actor: Actor | None, place: Placement) -> contracts.StageTicket:
        origin = place.origin.name if place.origin else ""
        return contracts.StageTicket(
            node=place.node.name, url=place.node.url, capability=origin, session_id=session_id, role=role
        )

    def operating(self, actor: Actor, node: Node) -> contracts.NodeTicket:
        return contracts.NodeTicket(node=node.name, url=node.url, capability=actor.id)


class Programme:
    def __init__(self) -> None:
        self.sub_venues = InMemory()
        self.sessions = InMemory(
            lambda one: {
                "sub_venue_id": one.sub_venue_id,
                "kind": one.kind,
                "live": int(one.live),
                "order": one.order,
            }
        )
        self.nodes = NodesInMemory()
        command = contracts.CreateSubVenue(
            actor=OPERATOR, name="东京湾区", city="Tokyo", country="JP", time_zone="Asia/Tokyo"
        )
        self.venue = handlers.create_sub_venue(command, self.sub_venues)
        self.id = self.schedule().id

    def schedule(self, **changes: Any) -> contracts.Session:
        fields = {
            "actor": msgspec.to_builtins(OPERATOR),
            "sub_venue_id": self.venue.id,
            "kind": "talk",
            "title": "A talk",
            "starts_at": "2026-12-18T09:00:00+09:00",
            "ends_at": "2026-12-18T10:00:00+09:00",
            "presenters": [PRESENTER.id],
        }
        command = msgspec.convert(fields | changes, contracts.ScheduleSession)
        return handlers.schedule_session(command, self.sub_venues, self.sessions)

    def opened(self, epoch: int, node: str = "media-1") -> None:
        stages.open_stage(contracts.StageOpened(session_id=self.id, node=node, epoch=epoch), self.sessions)

    def closed(self, epoch: int, node: str = "media-1") -> None:
        stages.close_stage(contracts.StageClosed(session_id=self.id, node=node, epoch=epoch), self.sessions)

    def heartbeat(self, stages_held: dict[str, int], told_at_ms: int, now: float = 100.0, **more: Any) -> None:
        fields = {"node": "media-1", "url": "http://127.0.0.1:1"} | more
        event = contracts.NodeHeartbeat(stages=stages_held, **fields)
        stages.take_heartbeat(event, told_at_ms, now, self.nodes, self.sessions)

    def join(
        self, role: contracts.StageRole, actor: Actor | None, now: float = 100.0, **more: Any
    ) -> contracts.StageTicket:
        query = contracts.JoinStage(session_id=self.id, role=role, actor=actor, **more)
        return queries.join_stage(query, self.sessions, self.nodes, Tickets(), FALLBACKS, now)

    @property
    def state(self) -> tuple[str, bool]:
        session = self.sessions.get(self.id)
        return session.status, session.live


@pytest.fixture
def programme() -> Programme:
    return Programme()


def test_times_are_kept_in_utc_with_the_venues_zone(programme: Programme) -> None:
    """09:00 in Tokyo is midnight UTC, and the session knows its zone."""
    session = queries.get_session(contracts.GetSession(session_id=programme.id), programme.sessions)
    assert (session.starts_at, session.time_zone) == ("2026-12-18T00:00:00Z", "Asia/Tokyo")


@pytest.mark.parametrize(
    ("field", "value"),
    [("starts_at", "tomorrow"), ("starts_at", "2026-12-18T09:00:00"), ("ends_at", "2026-12-17T09:00:00Z")],
)
def test_bad_times_are_named(programme: Programme, field: str, value: str) -> None:
    """No time, a time without offset and an end before the start are refused by name."""
    with pytest.raises(InvalidInput) as refused:
        programme.schedule(**{field: value})
    assert refused.value.field == field


def test_publisher_makes_it_live_and_starts_it(programme: Programme) -> None:
    """Media that comes in starts a scheduled session and makes it live; media that goes leaves it started."""
    programme.opened(epoch=1)
    assert programme.state == ("started", True)
    programme.closed(epoch=1)
    assert programme.state == ("started", False)


def test_news_of_an_earlier_publisher_change_nothing(programme: Programme) -> None:
    """A replaced publisher's end, late or twice, does not darken the stage of the one who replaced it."""
    programme.opened(epoch=1)
    programme.opened(epoch=2)
    programme.closed(epoch=1)
    programme.opened(epoch=1)
    assert programme.state == ("started", True)


def test_end_before_beginning_in_the_news(programme: Programme) -> None:
    """When a stage's close overtakes its open, the session is not left live for ever."""
    programme.closed(epoch=5)
    programme.opened(epoch=5)
    assert programme.state[1] is False


def test_an_ended_session_stays_ended(programme: Programme) -> None:
    """Ending closes the stage, and no publisher brings the session back."""
    programme.opened(epoch=1)
    handlers.end_session(contracts.EndSession(session_id=programme.id, actor=PRESENTER), programme.sessions)
    programme.opened(epoch=2)
    assert programme.state == ("ended", False)
    with pytest.raises(contracts.SessionEnded):
        handlers.start_session(
            contracts.StartSession(session_id=programme.id, actor=PRESENTER), programme.sessions
        )


def test_starting_and_ending_twice_changes_nothing(programme: Programme) -> None:
    """A double click is one start and one end, each told once."""
    for _ in range(2):
        handlers.start_session(
            contracts.StartSession(session_id=programme.id, actor=PRESENTER), programme.sessions
        )
    for _ in range(2):
        handlers.end_session(contracts.EndSession(session_id=programme.id, actor=PRESENTER), programme.sessions)
    changes = [event for event in programme.sessions.events if isinstance(event, contracts.SessionChanged)]
    assert [event.session.status for event in changes] == ["started", "ended"]


def test_ending_what_never_started(programme: Programme) -> None:
    """A session that was not started cannot end."""
    with pytest.raises(contracts.SessionNotStarted):
        handlers.end_session(contracts.EndSession(session_id=programme.id, actor=PRESENTER), programme.sessions)


@pytest.mark.parametrize("actor", [None, Actor("somebody")])
def test_only_presenters_publish_and_start(programme: Programme, actor: Actor | None) -> None:
    """Any attendee may watch; publishing and starting need a presenter of the session or an operator."""
    programme.heartbeat({}, told_at_ms=0)
    with pytest.raises(NotAllowed):
        programme.join("publish", actor)
    with pytest.raises(NotAllowed):
        handlers.start_session(contracts.StartSession(session_id=programme.id, actor=actor), programme.sessions)
    for allowed in (PRESENTER, OPERATOR, Actor("guest", ("presenter",))):
        assert programme.join("publish", allowed).node == "media-1"


def test_watching_needs_a_stage(programme: Programme) -> None:
    """A viewer before the publisher hears that the stage is empty; then gets its node."""
    programme.heartbeat({}, told_at_ms=0)
    with pytest.raises(contracts.StageEmpty):
        programme.join("watch", None)
    programme.opened(epoch=1)
    assert programme.join("watch", None).url == "http://127.0.0.1:1"


def test_heartbeat_makes_up_for_lost_news(programme: Programme) -> None:
    """A stage nobody told of is opened by the heartbeat that has it, and closed by one that has it no more."""
    programme.heartbeat({programme.id: 50}, told_at_ms=60)
    assert programme.state == ("started", True)
    programme.heartbeat({}, told_at_ms=70)
    assert programme.state == ("started", False)


def test_a_stale_heartbeat_does_not_close_a_newer_stage(programme: Programme) -> None:
    """A heartbeat written before the stage opened does not close it when it arrives after."""
    programme.opened(epoch=100)
    programme.heartbeat({}, told_at_ms=90)
    assert programme.state == ("started", True)


def test_a_silent_node_loses_its_stages(programme: Programme) -> None:
    """A node that is not heard of is taken for gone: its session is live no more, and nobody is placed on it."""
    programme.heartbeat({programme.id: 50}, told_at_ms=60, now=100.0)
    stages.forget_silent_nodes(100.0 + SILENT_SECONDS - 1, programme.nodes, programme.sessions)
    assert programme.state == ("started", True)
    stages.forget_silent_nodes(100.0 + SILENT_SECONDS + 1, programme.nodes, programme.sessions)
    assert programme.state == ("started", False)
    with pytest.raises(Unavailable):
        programme.join("publish", PRESENTER, now=200.0)


def test_least_loaded_node_takes_the_stage(programme: Programme) -> None:
    """A new stage goes to the node with the fewest; a publisher who comes back, to where the viewers are."""
    programme.nodes.put(Node("busy", "http://busy", {"a": 1, "b": 2}, viewers=10, seen_at=100.0))
    programme.nodes.put(Node("idle", "http://idle", {}, seen_at=100.0))
    assert programme.join("publish", PRESENTER).node == "idle"
    programme.opened(epoch=1, node="busy")
    assert programme.join("publish", PRESENTER).node == "busy"


def test_a_node_that_did_not_answer_is_avoided(programme: Programme) -> None:
    """The gateway says which node it could not reach: publishers get another, viewers hear that nobody is on."""
    programme.heartbeat({programme.id: 5}, told_at_ms=6)
    programme.heartbeat({}, told_at_ms=6, node="media-2", url="http://127.0.0.1:2")
    assert programme.join("publish", PRESENTER).node == "media-1"
    assert programme.join("publish", PRESENTER, avoid=("media-1",)).node == "media-2"
    with pytest.raises(contracts.StageEmpty):
        programme.join("watch", None, avoid=("media-1",))


def test_the_origin_is_in_the_ticket(programme: Programme) -> None:
    """A viewer in another region gets the node there, which is told where to pull from."""
    programme.heartbeat({programme.id: 5}, told_at_ms=6, region="asia")
    programme.heartbeat({}, told_at_ms=6, node="media-2", url="http://127.0.0.1:2", region="eu")
    ticket = programme.join("watch", None, region="eu")
    assert (ticket.node, ticket.capability) == ("media-2", "media-1")
    ticket = programme.join("watch", None, region="asia")
    assert (ticket.node, ticket.capability) == ("media-1", "")


def test_cordoning_outlives_heartbeats(programme: Programme) -> None:
    """Operators cordon and see it; others may do neither; unknown nodes are told."""
    programme.heartbeat({}, told_at_ms=0)
    cordon = contracts.CordonMediaNode(actor=OPERATOR, node="media-1", cordoned=True)
    assert handlers.cordon_media_node(cordon, programme.nodes).cordoned is True
    with pytest.raises(Unavailable):
        programme.join("publish", PRESENTER)
    with pytest.raises(NotAllowed):
        handlers.cordon_media_node(msgspec.structs.replace(cordon, actor=PRESENTER), programme.nodes)
    with pytest.raises(NotFound):
        handlers.cordon_media_node(msgspec.structs.replace(cordon, node="media-9"), programme.nodes)
    listed = queries.list_media_nodes(contracts.ListMediaNodes(actor=OPERATOR), programme.nodes, 100.0)
    assert [(one["name"], one["cordoned"]) for one in listed.items] == [("media-1", True)]
    with pytest.raises(NotAllowed):
        queries.list_media_nodes(contracts.ListMediaNodes(actor=PRESENTER), programme.nodes, 100.0)


def test_operators_get_tickets_to_nodes(programme: Programme) -> None:
    """Nobody else does, and not to a node that is not there."""
    programme.heartbeat({}, told_at_ms=0)

    def ask(actor: Actor | None, node: str = "media-1") -> contracts.NodeTicket:
        query = contracts.OperateMediaNode(actor=actor, node=node)
        return queries.operate_media_node(query, programme.nodes, Tickets())

    assert ask(OPERATOR).url == "http://127.0.0.1:1"
    with pytest.raises(NotAllowed):
        ask(PRESENTER)
    with pytest.raises(NotFound):
        ask(OPERATOR, "media-9")


def test_the_audience_is_joined_over_nodes(programme: Programme) -> None:
    """Each node tells its own viewers; silent nodes count no more."""
    programme.heartbeat({programme.id: 5}, told_at_ms=6, audience={programme.id: 3, "another": 4})
    programme.heartbeat({}, told_at_ms=6, node="media-2", url="http://127.0.0.1:2", audience={programme.id: 2})
    query = contracts.GetAudience(session_id=programme.id)
    audience = queries.get_audience(query, programme.sessions, programme.nodes, 100.0)
    assert (audience.viewers, audience.by_node) == (5, {"media-1": 3, "media-2": 2})
    late = queries.get_audience(query, programme.sessions, programme.nodes, 101.0 + SILENT_SECONDS)
    assert (late.viewers, late.by_node) == (0, {})


def test_who_was_shown_out_does_not_come_back(programme: Programme) -> None:
    """A presenter bars an attendee, once; from then on there is no ticket for that attendee, but for others."""
    programme.heartbeat({programme.id: 5}, told_at_ms=6)
    command = contracts.BarFromStage(actor=PRESENTER, session_id=programme.id, attendee_id="att_rude")
    with pytest.raises(NotAllowed):
        handlers.bar_from_stage(msgspec.structs.replace(command, actor=Actor("att_rude")), programme.sessions)
    for _ in range(2):
        handlers.bar_from_stage(command, programme.sessions)
    barred = [event for event in programme.sessions.events if isinstance(event, contracts.AttendeeBarred)]
    assert barred == [contracts.AttendeeBarred(session_id=programme.id, attendee_id="att_rude")]
    with pytest.raises(NotAllowed):
        programme.join("watch", Actor("att_rude"))
    assert programme.join("watch", Actor("att_kind")).node == "media-1"


def test_sessions_follow_each_other_in_one_sub_venue(programme: Programme) -> None:
    """The next one goes live while the last is still on; each has a stage and an end of its own."""
    following = programme.schedule(starts_at="2026-12-18T10:00:00+09:00", ends_at="2026-12-18T11:00:00+09:00").id
    programme.opened(epoch=1)
    stages.open_stage(contracts.StageOpened(session_id=following, node="media-1", epoch=1), programme.sessions)
    handlers.end_session(contracts.EndSession(session_id=programme.id, actor=PRESENTER), programme.sessions)
    assert programme.state == ("ended", False)
    assert programme.sessions.get(following).live
    listed = queries.list_sub_venues(contracts.ListSubVenues(), programme.sub_venues, programme.sessions)
    assert [one["live_session_id"] for one in listed.items] == [following]


def test_ended_session_is_replayed_from_its_last_node(programme: Programme) -> None:
    """Where it was packaged last, also when nobody publishes and when it is over; nowhere before that."""
    programme.heartbeat({}, told_at_ms=1)
    with pytest.raises(contracts.StageEmpty):
        programme.join("watch", None, recorded=True)
    programme.opened(epoch=1)
    programme.closed(epoch=1)
    assert programme.join("watch", None, recorded=True).node == "media-1"
    command = contracts.EndSession(session_id=programme.id, actor=OPERATOR)
    handlers.end_session(command, programme.sessions)
    assert programme.join("watch", None, recorded=True).node == "media-1"
    with pytest.raises(contracts.SessionEnded):
        programme.join("watch", None)
