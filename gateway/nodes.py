"""The media nodes, for operators: what runs where, who is on it, and how to empty one."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, Router, delete, get, post

from messaging.contracts.streaming import CordonMediaNode, ListMediaNodes, MediaNode, NodeTicket, OperateMediaNode

from .bodies import body_of
from .caller import Caller
from .exchange import nodes_of, passed_on
from .listings import Listing
from .media import NodeAnswer, NodeAway, ToNode
from .parked import operators_only
from .problems import unavailable
from .tokens import signed_in

AnyRequest = Request[Any, Any, Any]


class StagePeer(msgspec.Struct):
    """One peer on a media node. Times are seconds since 1970, rates bits/s, `lost` a fraction of the packets.

    `bitrate` is what a publisher sends, `estimate` what a viewer says that it can take.
    """

    id: str
    session_id: str
    role: str
    subject: str
    transport: str
    connected_at: float
    heard_at: float
    bitrate: int
    estimate: int
    lost: float


@get("/", guards=[signed_in, operators_only])
async def list_media_nodes(caller: Caller) -> Listing[MediaNode]:
    """All media nodes that are alive, with their load. For operators."""
    return await caller.call(ListMediaNodes)


@get("/{node:str}/peers", guards=[signed_in, operators_only])
async def list_peers(node: str, request: AnyRequest, caller: Caller) -> Listing[StagePeer]:
    """Everybody on a media node, with bitrate and loss. For operators."""
    answer = await ask_node(node, ToNode("GET", "/operations/peers"), request, caller)
    return Listing(msgspec.json.decode(answer.body, type=list[StagePeer]))


@delete("/{node:str}/peers/{peer:str}", guards=[signed_in, operators_only], status_code=200)
async def end_peer(node: str, peer: str, request: AnyRequest, caller: Caller) -> Response[bytes]:
    """End a peer. It may come back, unless it is barred from the session. For operators."""
    return passed_on(await ask_node(node, ToNode("DELETE", f"/operations/peers/{peer}"), request, caller), {})


@post(
    "/{node:str}/cordon",
    guards=[signed_in],
    status_code=200,
    dto=body_of(CordonMediaNode, "node"),
    return_dto=None,
)
async def cordon(node: str, data: dict[str, Any], caller: Caller) -> MediaNode:
    """Give a media node no new peers, or give it some again; who is there stays. For operators."""
    return await caller.call(CordonMediaNode, node=node, **data)


@post("/{node:str}/drain", guards=[signed_in, operators_only], status_code=200)
async def drain(node: str, request: AnyRequest, caller: Caller) -> MediaNode:
    """Cordon a media node and send everybody on it to others, which takes some seconds. For operators."""
    cordoned = await caller.call(CordonMediaNode, node=node, cordoned=True)
    await ask_node(node, ToNode("POST", "/operations/drain"), request, caller)
    return cordoned


async def ask_node(node: str, asked: ToNode, request: AnyRequest, caller: Caller) -> NodeAnswer:
    """What the node called so answers to one of its operations."""
    ticket = msgspec.convert(await caller.call(OperateMediaNode, node=node), NodeTicket)
    try:
        return await nodes_of(request).send(ticket, asked)
    except NodeAway as error:
        raise unavailable("This media node does not answer.") from error


router = Router(
    "/media-nodes", route_handlers=[list_media_nodes, list_peers, end_peer, cordon, drain], tags=["operation"]
)
