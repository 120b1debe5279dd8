"""PATCH of WHIP and WHEP resources: trickled candidates, ICE restarts, and what is refused (RFC 9725, 4.3.1)."""

from __future__ import annotations

import secrets

import pytest

from tests.integration.media.ice_client import IceClient
from tests.integration.media.room import Room
from tests.integration.media.rtp_peers import Camera, in_event_loop, until

FRAGMENT = "application/trickle-ice-sdpfrag"
CANDIDATE = "a=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host\r\na=end-of-candidates\r\n"
LOCAL_NAME = "a=candidate:2 1 udp 2122260223 0b5b-4f.local 61764 typ host\r\n"


async def patch(room, peer, role, body, **headers):
    """Status and headers of a PATCH with a capability for this session; a header that is None is left out."""
    token = room.node.token(room.session_id, role)
    sent = {"Authorization": f"Bearer {token}", "Content-Type": FRAGMENT, "If-Match": peer.etag} | headers
    sent = {name: value for name, value in sent.items() if value is not None}
    async with room.http.patch(room.node.url + peer.location, data=body, headers=sent) as response:
        return response.status, response.headers, await response.text()


def restart_of(fragment="", password=""):
    """New credentials, as a client sends them."""
    fragment, password = fragment or secrets.token_hex(4), password or secrets.token_hex(12)
    return f"a=ice-ufrag:{fragment}\r\na=ice-pwd:{password}\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n{CANDIDATE}"


@in_event_loop
async def test_trickled_candidates_are_taken(node, session_id):
    """204 without body or entity tag, `.local` names and end of candidates included: nothing is resolved."""
    async with Room(node, session_id) as room:
        publisher = await room.publisher()
        for body in (CANDIDATE, LOCAL_NAME, f"a=ice-ufrag:{publisher.ice_fragment}\r\n{CANDIDATE}"):
            status, headers, text = await patch(room, publisher, "publish", body)
            assert (status, text) == (204, "")
            assert "ETag" not in headers


@pytest.mark.parametrize(
    ("body", "headers", "status", "name"),
    [
        (CANDIDATE, {"If-Match": None}, 428, "precondition-required"),
        (CANDIDATE, {"If-Match": '"another"'}, 412, "precondition-failed"),
        (CANDIDATE, {"If-Match": 'W/"weak"'}, 412, "precondition-failed"),
        (restart_of(), {"If-Match": '"another"'}, 412, "precondition-failed"),
        ("a=ice-ufrag:otherone\r\n" + CANDIDATE, {}, 412, "precondition-failed"),
        (CANDIDATE, {"Content-Type": "application/sdp"}, 415, "unsupported-media-type"),
        ("nonsense", {}, 400, "malformed-fragment"),
        ("a=candidate:1 1 udp\r\n", {}, 400, "malformed-fragment"),
        ("a=ice-ufrag:x\r\na=ice-pwd:short\r\n", {"If-Match": "*"}, 400, "malformed-fragment"),
        (b"\xff\xfe", {}, 400, "malformed-body"),
        ("a=x\r\n" * 20_000, {}, 413, "body-too-large"),
        (CANDIDATE, {"Authorization": None}, 401, "invalid-capability"),
    ],
)
@in_event_loop
async def test_patches_that_are_refused(node, session_id, body, headers, status, name):
    """The right 4xx, and the peer is as it was."""
    async with Room(node, session_id) as room:
        camera = Camera(await room.publisher())
        answered, _, text = await patch(room, camera.client, "publish", body, **headers)
        assert answered == status
        assert f"urn:subvenue:problem:{name}" in text
        await camera.frame(key=True)
        await until(lambda: node.events("media.stage_opened.v1", session_id), "media flows as before")


@in_event_loop
async def test_nobody_patches_the_peer_of_another(node, session_id):
    """With a capability of another session, role or person, the peer is not there."""
    async with Room(node, session_id) as room:
        publisher = await room.publisher()
        for claims, status in (({"sid": "x"}, 403), ({"role": "watch"}, 403), ({"sub": "somebody-else"}, 404)):
            token = node.token(session_id, "publish", **claims)
            answered, *_ = await patch(room, publisher, "publish", CANDIDATE, Authorization=f"Bearer {token}")
            assert answered == status
            header = {"Authorization": f"Bearer {token}"}
            async with room.http.delete(node.url + publisher.location, headers=header) as response:
                assert response.status == status
        assert await room.delete(publisher.location, "publish") == 200


@in_event_loop
async def test_ice_restart(node, session_id):
    """200 with the node's new credentials and entity tag; media goes on, by the new path once it is checked."""
    async with Room(node, session_id) as room:
        camera, viewer = Camera(await room.publisher()), await room.viewer()
        await camera.frame(key=True)
        await until(lambda: len(viewer.video) == 3, "the viewer plays")
        status, headers, text = await patch(room, viewer, "watch", restart_of(), **{"If-Match": "*"})
        assert status == 200
        assert headers["Content-Type"].startswith(FRAGMENT)
        assert headers["ETag"] != viewer.etag
        said = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
        assert said["a=ice-ufrag"] != viewer.remote_ice[0]
        assert "a=ice-lite" in text
        assert " tcptype passive" in text
        await camera.frame()
        await until(lambda: len(viewer.video) == 6, "media goes on by the old path")
        with IceClient(viewer.media_address) as elsewhere:
            assert elsewhere.check(*viewer.remote_ice, nominate=True) is True, "the old credentials still hold"
            assert elsewhere.check(said["a=ice-ufrag"], said["a=ice-pwd"], nominate=True) is True
            assert elsewhere.check(*viewer.remote_ice, nominate=True) is None, "and no longer"
            await camera.frame()
            await until(lambda: elsewhere.rtp_received() >= 3, "media comes to the new address")
        status, *_ = await patch(room, viewer, "watch", CANDIDATE)
        assert status == 412, "the entity tag of the ICE session before"
