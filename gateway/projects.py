"""Projects that attendees and organisations present."""

from __future__ import annotations

from typing import Any

from litestar import Router, get, patch, post

from messaging.contracts.registration import GetProject, Project, SubmitProject, UpdateProject

from .bodies import body_of
from .caller import Caller
from .tokens import signed_in


@post("/", guards=[signed_in], dto=body_of(SubmitProject), return_dto=None)
async def submit_project(data: dict[str, Any], caller: Caller) -> Project:
    """Present a project, one's own or that of an organisation one administers."""
    return await caller.call(SubmitProject, **data)


@get("/{project_id:str}")
async def get_project(project_id: str, caller: Caller) -> Project:
    """One project."""
    return await caller.call(GetProject, project_id=project_id)


@patch("/{project_id:str}", guards=[signed_in], dto=body_of(UpdateProject, "project_id"), return_dto=None)
async def update_project(project_id: str, data: dict[str, Any], caller: Caller) -> Project:
    """Change a project of one's own; what is left out stays as it is."""
    return await caller.call(UpdateProject, project_id=project_id, **data)


router = Router("/projects", route_handlers=[submit_project, get_project, update_project], tags=["projects"])
