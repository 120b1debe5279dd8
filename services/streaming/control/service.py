"""Streaming control on the bus. Entry points decide nothing: they name what handles what."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from nameko.timer import timer

from messaging.contracts import streaming as contracts
from messaging.contracts.registration import Imported
from messaging.envelope import Envelope
from messaging.on_nameko import Stores, command, event_handler, query

from . import handlers, queries, stages, storage
from .capabilities import Capabilities

SWEEP_SECONDS = 2


class Streaming:
    """Sub-venues, sessions, and the state of their stages."""

    name = "streaming"

    stores = Stores(sub_venues=storage.SubVenues, sessions=storage.Sessions)
    capabilities = Capabilities()
    nodes = storage.Nodes()

    @command(contracts.CreateSubVenue)
    def create_sub_venue(self, command: contracts.CreateSubVenue) -> contracts.SubVenue:
        """An operator adds a sub-venue."""
        return handlers.create_sub_venue(command, self.stores.sub_venues)

    @command(contracts.ImportSubVenues)
    def import_sub_venues(self, command: contracts.ImportSubVenues) -> Imported:
        """An operator adds many sub-venues."""
        return handlers.import_sub_venues(command, self.stores.sub_venues)

    @command(contracts.ScheduleSession)
    def schedule_session(self, command: contracts.ScheduleSession) -> contracts.Session:
        """An operator schedules a session."""
        return handlers.schedule_session(command, self.stores.sub_venues, self.stores.sessions)

    @command(contracts.ImportSessions)
    def import_sessions(self, command: contracts.ImportSessions) -> Imported:
        """An operator schedules many sessions."""
        return handlers.import_sessions(command, self.stores.sub_venues, self.stores.sessions)

    @command(contracts.StartSession)
    def start_session(self, command: contracts.StartSession) -> contracts.Session:
        """A presenter starts a session."""
        return handlers.start_session(command, self.stores.sessions)

    @command(contracts.EndSession)
    def end_session(self, command: contracts.EndSession) -> contracts.Session:
        """A presenter ends a session."""
        return handlers.end_session(command, self.stores.sessions)

    @query(contracts.ListSubVenues)
    def list_sub_venues(self, query: contracts.ListSubVenues) -> Any:
        """Anyone lists the sub-venues."""
        return queries.list_sub_venues(query, self.stores.sub_venues, self.stores.sessions)

    @query(contracts.ListSessions)
    def list_sessions(self, query: contracts.ListSessions) -> Any:
        """Anyone reads the programme."""
        return queries.list_sessions(query, self.stores.sessions)

    @query(contracts.GetSession)
    def get_session(self, query: contracts.GetSession) -> contracts.Session:
        """Anyone reads a session."""
        return queries.get_session(query, self.stores.sessions)

    @query(contracts.JoinStage)
    def join_stage(self, query: contracts.JoinStage) -> contracts.StageTicket:
        """A peer asks where to publish or watch."""
        fallbacks = self.capabilities.fallbacks
        return queries.join_stage(
            query, self.stores.sessions, self.nodes, self.capabilities, fallbacks, time.time()
        )

    @query(contracts.LeaveStage)
    def leave_stage(self, query: contracts.LeaveStage) -> contracts.StageTicket:
        """A peer asks where to end what it began."""
        return queries.leave_stage(query, self.stores.sessions, self.nodes, self.capabilities)

    @query(contracts.GetAudience)
    def get_audience(self, query: contracts.GetAudience) -> contracts.Audience:
        """Anyone asks how many watch."""
        return queries.get_audience(query, self.stores.sessions, self.nodes, time.time())

    @command(contracts.BarFromStage)
    def bar_from_stage(self, command: contracts.BarFromStage) -> contracts.Session:
        """A presenter shows somebody out."""
        return handlers.bar_from_stage(command, self.stores.sessions)

    @query(contracts.ListMediaNodes)
    def list_media_nodes(self, query: contracts.ListMediaNodes) -> Any:
        """An operator looks at the media nodes."""
        return queries.list_media_nodes(query, self.nodes, time.time())

    @command(contracts.CordonMediaNode)
    def cordon_media_node(self, command: contracts.CordonMediaNode) -> contracts.MediaNode:
        """An operator takes a media node out of the choice, or puts it back."""
        return handlers.cordon_media_node(command, self.nodes)

    @query(contracts.OperateMediaNode)
    def operate_media_node(self, query: contracts.OperateMediaNode) -> contracts.NodeTicket:
        """An operator looks into a media node."""
        return queries.operate_media_node(query, self.nodes, self.capabilities)

    @event_handler(contracts.StageOpened)
    def open_stage(self, envelope: Envelope, event: contracts.StageOpened) -> None:
        """A node has a publisher."""
        stages.open_stage(event, self.stores.sessions)

    @event_handler(contracts.StageClosed)
    def close_stage(self, envelope: Envelope, event: contracts.StageClosed) -> None:
        """A node lost a publisher."""
        stages.close_stage(event, self.stores.sessions)

    @event_handler(contracts.NodeHeartbeat)
    def take_heartbeat(self, envelope: Envelope, event: contracts.NodeHeartbeat) -> None:
        """A node is alive."""
        told_at_ms = int(datetime.fromisoformat(envelope.time).timestamp() * 1000)
        stages.take_heartbeat(event, told_at_ms, time.time(), self.nodes, self.stores.sessions)

    @timer(interval=SWEEP_SECONDS)
    def forget_silent_nodes(self) -> None:
        """Every two seconds: who was not heard of?"""
        stages.forget_silent_nodes(time.time(), self.nodes, self.stores.sessions)
