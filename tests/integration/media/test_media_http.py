"""WHIP and WHEP as HTTP: what a good client gets, and what a bad one is told."""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
import socket
import time

import aiohttp
import pytest
from aiortc.rtp import RtcpPsfbPacket, RtpPacket

from tests.integration.media.ice_client import a_check
from tests.integration.media.room import Room
from tests.integration.media.rtp_peers import Camera, Client, in_event_loop, until

SDP = {"Content-Type": "application/sdp"}


async def post(node, path, data, headers):
    """Status, headers and problem document (or text) of a POST."""
    async with aiohttp.ClientSession() as http, http.post(node.url + path, data=data, headers=headers) as response:
        is_problem = response.content_type == "application/problem+json"
        return response.status, response.headers, await (response.json() if is_problem else response.text())


def bearer(node, session_id, role="publish", /, **claims):
    return {"Authorization": f"Bearer {node.token(session_id, role, **claims)}"}


async def an_offer(direction="sendonly"):
    client = Client(direction)
    try:
        return await client.offer()
    finally:
        await client.close()


@in_event_loop
async def test_created(node, session_id):
    """201 with the answer, the peer's own unguessable address, an entity tag, and for any page to read."""
    headers = bearer(node, session_id) | SDP | {"Origin": "https://elsewhere.example"}
    status, answered, text = await post(node, f"/sessions/{session_id}/whip", await an_offer(), headers)
    assert status == 201
    assert answered["Content-Type"].startswith("application/sdp")
    assert text.startswith("v=0")
    prefix = f"/sessions/{session_id}/whip/{node.name}."
    assert answered["Location"].startswith(prefix)
    assert len(answered["Location"]) - len(prefix) >= 32
    assert answered["ETag"].startswith('"')
    assert answered["Access-Control-Allow-Origin"] == "*"
    assert "Location" in answered["Access-Control-Expose-Headers"]


@pytest.mark.parametrize(
    ("headers", "status", "name"),
    [
        ({}, 401, "invalid-capability"),
        ({"Authorization": "Bearer x.y.z"}, 401, "invalid-capability"),
        ({"claims": {"exp": 1}}, 401, "invalid-capability"),
        ({"claims": {"role": "watch"}}, 403, "not-allowed"),
        ({"claims": {"sid": "another"}}, 403, "not-allowed"),
        ({"claims": {"node": "media-9"}}, 403, "not-allowed"),
        ({"claims": {}, "Content-Type": "application/json"}, 415, "unsupported-media-type"),
    ],
)
@in_event_loop
async def test_headers_that_are_refused(node, session_id, headers, status, name):
    """No right, or no SDP: a problem document, and no peer."""
    headers = dict(headers)
    if "claims" in headers:
        headers = bearer(node, session_id, **headers.pop("claims")) | SDP | headers
    answered, _, problem = await post(node, f"/sessions/{session_id}/whip", "v=0", SDP | headers)
    assert answered == status
    assert problem["type"] == f"urn:subvenue:problem:{name}"
    assert problem["status"] == status
    assert problem["instance"] == f"/sessions/{session_id}/whip"


@pytest.mark.parametrize(
    ("offer", "status", "says"),
    [
        (b"", 400, "v=0"),
        (b"\xff\xfe", 400, "UTF-8"),
        (b"v=0\r\nm=audio", 400, "line 2"),
        (b"v=0\r\ns=-\r\n", 400, "no audio or video"),
        (b"v=0\r\n" + b"a=x\r\n" * 60_000, 413, ""),
    ],
)
@in_event_loop
async def test_offers_that_are_refused(node, session_id, offer, status, says):
    """The problem document says what is wrong with the offer."""
    answered, _, problem = await post(node, f"/sessions/{session_id}/whip", offer, bearer(node, session_id) | SDP)
    assert answered == status
    assert says in problem["detail"]


@in_event_loop
async def test_a_long_body_without_a_length_is_refused(node, session_id):
    """Neither does a body that hides its length get in."""

    async def chunks():
        for _ in range(10):
            yield b"a=x\r\n" * 10_000

    answered, _, problem = await post(
        node, f"/sessions/{session_id}/whip", chunks(), bearer(node, session_id) | SDP
    )
    assert (answered, problem["type"]) == (413, "urn:subvenue:problem:body-too-large")


@in_event_loop
async def test_unknown_codecs_are_refused(node, session_id):
    """An offer of nothing that can be forwarded is well formed, and refused."""
    offer = (await an_offer()).replace("VP8", "VP9").replace("H264", "H265")
    answered, _, problem = await post(node, f"/sessions/{session_id}/whip", offer, bearer(node, session_id) | SDP)
    assert (answered, problem["type"]) == (422, "urn:subvenue:problem:no-common-codec")


@pytest.mark.parametrize("kind", ["audio", "video"])
@in_event_loop
async def test_one_kind_alone(node, session_id, kind):
    """Who sends or takes only sound, or only a picture, is welcome; a viewer of both gets what there is."""
    async with Room(node, session_id) as room:
        publisher = await room.publisher(kinds=(kind,))
        both, one = await room.viewer(), await room.viewer(kinds=(kind,))
        for i in range(5):
            packet = RtpPacket(publisher.payload_type(kind), sequence_number=i, timestamp=i, ssrc=5)
            packet.payload = b"\x10\x00" + bytes(50)
            await publisher.send(packet)
        for viewer in (both, one):
            await until(lambda viewer=viewer: len(viewer.packets) >= 5, "what there is comes")


@in_event_loop
async def test_viewer_before_the_publisher_is_told_to_come_again(node, session_id):
    """409 with a time to try again, and nothing is kept."""
    headers = bearer(node, session_id, "watch") | SDP
    answered, headers, problem = await post(
        node, f"/sessions/{session_id}/whep", await an_offer("recvonly"), headers
    )
    assert (answered, problem["type"]) == (409, "urn:subvenue:problem:stage-empty")
    assert headers["Retry-After"] == "1"


@in_event_loop
async def test_other_methods(node, session_id):
    """OPTIONS tells what to post; what WHIP reserves is 405 and says what is there; unknown addresses are 404."""
    async with aiohttp.ClientSession() as http:
        async with http.options(f"{node.url}/sessions/{session_id}/whep") as response:
            assert response.status == 200
            assert response.headers["Accept-Post"] == "application/sdp"
            assert "PATCH" in response.headers["Access-Control-Allow-Methods"]
        async with http.options(f"{node.url}/sessions/{session_id}/whep/x") as response:
            assert response.headers["Accept-Patch"] == "application/trickle-ice-sdpfrag"
        for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE"):
            async with http.request(method, f"{node.url}/sessions/{session_id}/whip") as response:
                assert response.status == 405
        for method in ("GET", "HEAD", "PUT", "POST"):
            async with http.request(method, f"{node.url}/sessions/{session_id}/whip/x") as response:
                assert response.status == 405
                assert "DELETE" in response.headers["Allow"]
        async with http.get(f"{node.url}/nothing") as response:
            assert response.status == 404
            assert (await response.json())["type"] == "urn:subvenue:problem:not-found"


@in_event_loop
async def test_ice_servers_are_linked(start_node, session_id):
    """Servers are in Link headers (RFC 9725, 4.6); relays with a password that expires, for who may be here."""
    node = start_node(
        SUBVENUE_ICE_SERVERS="stun:stun.example,turn:turn.example?transport=udp",
        SUBVENUE_TURN_SECRET="north",
        SUBVENUE_TURN_TTL="600",
    )
    address, stun_link = f"{node.url}/sessions/{session_id}/whip", '<stun:stun.example>; rel="ice-server"'
    async with aiohttp.ClientSession() as http:
        async with http.options(address) as response:
            assert response.headers.getall("Link") == [stun_link]
        async with http.options(address, headers=bearer(node, session_id, sid="another")) as response:
            assert response.status == 403
        async with http.options(address, headers=bearer(node, session_id)) as response:
            links = response.headers.getall("Link")
        async with http.post(address, data=await an_offer(), headers=bearer(node, session_id) | SDP) as response:
            assert len(response.headers.getall("Link")) == 3, "two servers, and where news come from"
    assert links[0] == stun_link
    said = re.fullmatch(
        r'<turn:turn.example\?transport=udp>; rel="ice-server"; username="(\d+):[0-9a-f]+"; '
        r'credential="([^"]+)"; credential-type="password"',
        links[1],
    )
    assert said
    assert 590 <= int(said[1]) - time.time() <= 600
    name = links[1].split('username="')[1].partition('"')[0]
    assert base64.b64decode(said[2]) == hmac.digest(b"north", name.encode(), "sha1"), "as coturn computes it"


@in_event_loop
async def test_strangers_on_the_port_change_nothing(node, session_id):
    """Garbage, a flood of forged STUN checks, and media from elsewhere: no answer, and the viewer plays on."""
    async with Room(node, session_id) as room:
        camera, viewer = Camera(await room.publisher()), await room.viewer()
        await camera.frame(key=True)
        await until(lambda: viewer.video, "the viewer plays")
        pair = viewer.dtls.transport._connection._nominated[1]
        unsigned, forged = (a_check(pair.protocol.receiver.remote_username) for _ in range(2))
        forged.add_message_integrity(b"not the password")
        cut = bytes(unsigned)[:-1]
        junk = [b"", b"\x00", b"\x80" * 40, b"\x16\xfe\xfd" + bytes(40), cut, bytes(unsigned), bytes(forged)]
        before = await room.metric('subvenue_media_dropped_total{reason="stranger"}')
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.setblocking(False)
            for data in junk * 50:
                stranger.sendto(data, pair.remote_addr)
            await camera.frame()
            await until(lambda: len(viewer.video) == 6, "the viewer plays on")
            with pytest.raises(BlockingIOError):
                stranger.recv(2048)
        assert await room.metric('subvenue_media_dropped_total{reason="stranger"}') == before + 350


@in_event_loop
async def test_peers_that_lie_harm_nobody_else(node, session_id):
    """Broken RTP from a publisher and broken RTCP from a viewer are dropped, and counted."""
    async with Room(node, session_id) as room:
        publisher, liar, viewer = await room.publisher(), await room.viewer(), await room.viewer()
        camera = Camera(publisher)
        await camera.frame(key=True)
        remb = RtcpPsfbPacket(fmt=15, ssrc=1, media_ssrc=0, fci=b"REMB\xff\xff\xff\xff")
        await liar.send_rtcp(remb)
        await liar.dtls._send_rtp(b"\x81\xcd\x00\xff" + bytes(8))  # says it is 1 KiB long
        await publisher.dtls._send_rtp(b"\xa0\x60" + bytes(10) + b"\xff")  # says it is all padding
        await publisher.dtls._send_rtp(b"\x80\x7f" + bytes(9) + b"\x07")  # a payload type that was not agreed
        connection = publisher.dtls.transport._connection
        await connection.send(b"\x80\x60" + bytes(30))  # not protected at all
        await camera.frame()
        await until(lambda: len(viewer.video) == 6, "the other viewer plays on")
        assert await room.metric('subvenue_media_dropped_total{reason="malformed"}') >= 3
        assert await room.metric('subvenue_media_dropped_total{reason="unknown-format"}') >= 1


@in_event_loop
async def test_many_offers_at_once(node, session_id):
    """Fifty viewers who offer in the same moment are all answered."""
    async with Room(node, session_id) as room:
        await Camera(await room.publisher()).frame(key=True)
        offer = await an_offer("recvonly")
        headers = bearer(node, session_id, "watch") | SDP
        began = time.monotonic()
        answers = await asyncio.gather(
            *(post(node, f"/sessions/{session_id}/whep", offer, headers) for _ in range(50))
        )
        assert {status for status, _, _ in answers} == {201}
        assert len({answered["Location"] for _, answered, _ in answers}) == 50
        assert time.monotonic() - began < 10
