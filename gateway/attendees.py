"""Attendees: registering, and one's own data."""

from __future__ import annotations

from typing import Any

from litestar import Router, get, patch, post

from messaging.contracts.jobs import Application, ListMyApplications
from messaging.contracts.registration import Attendee, GetMe, RegisterAttendee, Registered, UpdateAttendee

from .bodies import body_of
from .caller import Caller
from .listings import Cursor, Limit, Listing
from .tokens import signed_in


@post("/attendees", dto=body_of(RegisterAttendee), return_dto=None)
async def register_attendee(data: dict[str, Any], caller: Caller) -> Registered:
    """Register, with projects or without. Answers an access token; needs none."""
    return await caller.call(RegisterAttendee, **data)


@get("/me", guards=[signed_in])
async def get_me(caller: Caller) -> Attendee:
    """One's own data."""
    return await caller.call(GetMe)


@patch("/me", guards=[signed_in], dto=body_of(UpdateAttendee), return_dto=None)
async def update_me(data: dict[str, Any], caller: Caller) -> Attendee:
    """Change one's own data; what is left out stays as it is."""
    return await caller.call(UpdateAttendee, **data)


@get("/me/applications", guards=[signed_in])
async def list_my_applications(caller: Caller, limit: Limit = None, cursor: Cursor = None) -> Listing[Application]:
    """One's own applications, newest first."""
    return await caller.call(ListMyApplications, limit=limit, cursor=cursor)


router = Router(
    "/",
    route_handlers=[register_attendee, get_me, update_me, list_my_applications],
    tags=["attendees"],
)
