"""The programme: sub-venues and the sessions in them."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Router, get, post
from litestar.params import Parameter

from messaging.contracts.streaming import (
    Audience,
    BarFromStage,
    CreateSubVenue,
    EndSession,
    GetAudience,
    GetSession,
    ListSessions,
    ListSubVenues,
    ScheduleSession,
    Session,
    SessionKind,
    StartSession,
    SubVenue,
)

from .bodies import body_of
from .caller import Caller
from .listings import Cursor, Listing
from .tokens import signed_in

SessionLimit = Annotated[int | None, Parameter(ge=1, le=200, description="How many sessions a page has at most")]


@post("/sub-venues", guards=[signed_in], dto=body_of(CreateSubVenue), return_dto=None)
async def create_sub_venue(data: dict[str, Any], caller: Caller) -> SubVenue:
    """Add a sub-venue. For operators."""
    return await caller.call(CreateSubVenue, **data)


@get("/sub-venues")
async def list_sub_venues(caller: Caller) -> Listing[SubVenue]:
    """All sub-venues, main venue first, each with the session that is live in it."""
    return await caller.call(ListSubVenues)


@post("/sessions", guards=[signed_in], dto=body_of(ScheduleSession), return_dto=None)
async def schedule_session(data: dict[str, Any], caller: Caller) -> Session:
    """Put a session into the programme. For operators."""
    return await caller.call(ScheduleSession, **data)


@get("/sessions")
async def list_sessions(
    caller: Caller,
    sub_venue_id: str | None = None,
    kind: SessionKind | None = None,
    live: bool | None = None,
    limit: SessionLimit = None,
    cursor: Cursor = None,
) -> Listing[Session]:
    """Sessions by their start, a page at a time."""
    return await caller.call(
        ListSessions, sub_venue_id=sub_venue_id, kind=kind, live=live, limit=limit, cursor=cursor
    )


@get("/sessions/{session_id:str}")
async def get_session(session_id: str, caller: Caller) -> Session:
    """One session."""
    return await caller.call(GetSession, session_id=session_id)


@post("/sessions/{session_id:str}/start", guards=[signed_in], status_code=200)
async def start_session(session_id: str, caller: Caller) -> Session:
    """Start a session. For its presenters and operators; starting it again changes nothing."""
    return await caller.call(StartSession, session_id=session_id)


@post("/sessions/{session_id:str}/end", guards=[signed_in], status_code=200)
async def end_session(session_id: str, caller: Caller) -> Session:
    """End a session. For its presenters and operators; ending it again changes nothing."""
    return await caller.call(EndSession, session_id=session_id)


@get("/sessions/{session_id:str}/audience")
async def get_audience(session_id: str, caller: Caller) -> Audience:
    """How many watch a session, by media node and in all."""
    return await caller.call(GetAudience, session_id=session_id)


@post(
    "/sessions/{session_id:str}/barred",
    guards=[signed_in],
    status_code=200,
    dto=body_of(BarFromStage, "session_id"),
    return_dto=None,
)
async def bar_from_stage(session_id: str, data: dict[str, Any], caller: Caller) -> Session:
    """Show an attendee out of a session's stage, for good. For its presenters and operators."""
    return await caller.call(BarFromStage, session_id=session_id, **data)


router = Router(
    "/",
    route_handlers=[
        create_sub_venue,
        list_sub_venues,
        schedule_session,
        list_sessions,
        get_session,
        start_session,
        end_session,
        get_audience,
        bar_from_stage,
    ],
    tags=["programme"],
)
