"""ICE over TCP: frames in, frames out, and little patience for strangers (RFC 6544, RFC 4571).

That media flows over it is shown with Chromium, in tests/browser.
"""

from __future__ import annotations

import contextlib

import pytest

from tests.integration.media.ice_client import IceClient, a_check
from tests.integration.media.room import Room
from tests.integration.media.rtp_peers import Camera, in_event_loop, until


def tcp_address(answer):
    """Where the answer says that the node listens for TCP."""
    (line,) = {line for line in answer.splitlines() if line.startswith("a=candidate") and " tcp " in line}
    parts = line.split()
    assert parts[6:] == ["typ", "host", "tcptype", "passive"]
    assert parts[2] == "tcp"
    return parts[4], int(parts[5])


@in_event_loop
async def test_checks_over_tcp_are_answered(node, session_id):
    """A signed check is answered in a frame, in whatever pieces it comes; media follows when UDP is silent."""
    async with Room(node, session_id) as room:
        camera, viewer = Camera(await room.publisher()), await room.viewer()
        await camera.frame(key=True)
        await until(lambda: len(viewer.video) == 3, "the viewer plays over UDP")
        with IceClient(tcp_address(viewer.answer), tcp=True) as client:
            assert client.check(*viewer.remote_ice) is True
            assert client.check(*viewer.remote_ice, role="ICE-CONTROLLED") is False, "the node does not decide"
            frame = bytes(a_check("nobody"))
            for i in range(len(frame)):  # an unsigned check, octet by octet, changes nothing
                client.send_raw((len(frame).to_bytes(2, "big") if i == 0 else b"") + frame[i : i + 1])
            assert client.check(*viewer.remote_ice, nominate=True) is True
            await camera.frame()
            await until(lambda: len(viewer.video) == 6, "media still comes over UDP, which works")

            async def comes_over_tcp():
                assert client.check(*viewer.remote_ice, nominate=True) is True
                await camera.frame()
                return client.rtp_received() >= 3

            await until(comes_over_tcp, "media comes over TCP, since UDP was not checked for a while")
            await until(lambda: has_addresses(room, 3), "the connection is counted")
        before = len(viewer.video)

        async def is_back_on_udp():
            await camera.frame()
            return len(viewer.video) > before

        await until(is_back_on_udp, "a lost connection falls back to the other path")


async def has_addresses(room, count):
    return await room.metric("subvenue_media_addresses") == count


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",  # its first two octets announce 18,245 more
        b"\xff\xff" + bytes(100),
        b"",  # says nothing at all
    ],
)
@in_event_loop
async def test_strangers_over_tcp_are_shown_out(node, session_id, sent):
    """What is no frame, and what does not prove whose it is within five seconds, is closed without a word."""
    async with Room(node, session_id) as room:
        publisher = await room.publisher()
        with IceClient(tcp_address(publisher.answer), tcp=True) as stranger:
            stranger.send_raw(sent)
            await until(stranger.is_closed, "the connection is closed", timeout=9)


@in_event_loop
async def test_a_crowd_of_strangers_over_tcp(node, session_id):
    """Connections that say nothing are limited in number; who belongs here still plays."""
    async with Room(node, session_id) as room:
        camera, viewer = Camera(await room.publisher()), await room.viewer()
        with contextlib.ExitStack() as crowd:
            address = tcp_address(viewer.answer)
            strangers = [crowd.enter_context(IceClient(address, tcp=True)) for _ in range(200)]
            await camera.frame(key=True)
            await until(lambda: len(viewer.video) == 3, "the viewer plays")
            closed = sum(stranger.is_closed() for stranger in strangers)
            assert closed >= 200 - 128
