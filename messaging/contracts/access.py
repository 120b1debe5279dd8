"""Who may ask: the two checks every service makes, with the same words."""

from __future__ import annotations

from .errors import NotAllowed
from .types import Actor


def signed_in(actor: Actor | None) -> Actor:
    """The actor. Raises `NotAllowed` where nobody signed in."""
    if actor is None:
        raise NotAllowed("this needs an access token")
    return actor


def as_operator(actor: Actor | None) -> Actor:
    """The actor, who must be an operator. Raises `NotAllowed`."""
    if actor is None or not actor.has_role("operator"):
        raise NotAllowed("this needs an operator's access token")
    return actor
