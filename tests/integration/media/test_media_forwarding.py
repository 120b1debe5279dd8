"""RTP through a real node over loopback: what goes in comes out. Decoding anything would end the node."""

from __future__ import annotations

import asyncio

import pytest
from aiortc.rtp import (
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
    RtpPacket,
)

from tests.integration.media.room import Room
from tests.integration.media.rtp_peers import Camera, in_event_loop, until


def plis(publisher):
    """The key frame requests that reached the publisher."""
    return [p for p in publisher.rtcp if isinstance(p, RtcpPsfbPacket) and p.fmt == RTCP_PSFB_PLI]


async def playing(room, codec="VP8"):
    """A publisher with a camera and a viewer who has its first frame."""
    publisher = await room.publisher(codec=codec)
    camera = Camera(publisher)
    viewer = await room.viewer(codec=codec)
    await camera.frame(key=True)
    await until(lambda: len(viewer.video) == 3, "the first frame arrives")
    return publisher, camera, viewer


@pytest.mark.parametrize("codec", ["VP8", "H264"])
@in_event_loop
async def test_payload_arrives_byte_for_byte(node, session_id, codec):
    """A viewer receives the publisher's payload unchanged, in one gapless numbering of its own."""
    async with Room(node, session_id) as room:
        _, camera, viewer = await playing(room, codec)
        for _ in range(19):
            await camera.frame()
        await until(lambda: len(viewer.video) == 60, "all packets arrive")
        packets = viewer.video
        assert [p.payload for p in packets] == camera.sent
        start = packets[0].sequence_number
        assert [p.sequence_number for p in packets] == [(start + i) & 0xFFFF for i in range(60)]
        assert {p.ssrc for p in packets} != {camera.ssrc}
        assert sum(p.marker for p in packets) == 20


@in_event_loop
async def test_audio_arrives_too(node, session_id):
    """Audio is forwarded from its first packet on, with the viewer's mid."""
    async with Room(node, session_id) as room:
        publisher, viewer = await room.publisher(), await room.viewer()
        audio = publisher.payload_type("audio")
        await publisher.send(RtpPacket(payload_type=audio, sequence_number=1, ssrc=5, payload=b"\xfcopus"))
        await until(lambda: viewer.packets, "the packet arrives")
        assert viewer.packets[0].payload == b"\xfcopus"
        assert viewer.packets[0].extensions.mid == viewer.connection.getTransceivers()[0].mid


@in_event_loop
async def test_many_viewers_make_few_key_frame_requests(node, session_id):
    """Those who join between key frames ask through the node, which asks once a second at most."""
    async with Room(node, session_id) as room:
        publisher = await room.publisher()
        camera = Camera(publisher)
        await camera.frame()  # no key frame, so that all of them wait for one
        await until(room.stage, "the stage opens")
        await asyncio.gather(*(room.viewer() for _ in range(8)))
        await until(lambda: plis(publisher), "the publisher is asked")
        asked = len(plis(publisher))
        await camera.frame(key=True)
        viewers = room.clients[1:]
        await until(lambda: all(len(v.video) == 3 for v in viewers), "all viewers have the key frame")
        assert asked <= 3


@in_event_loop
async def test_viewer_who_joins_late_begins_with_a_key_frame(node, session_id):
    """Whatever is forwarded to a new viewer begins with a packet that a decoder can begin with."""
    async with Room(node, session_id) as room:
        _, camera, first = await playing(room)
        for _ in range(5):
            await camera.frame()
        second = await room.viewer()
        await camera.frame(key=True)
        await until(lambda: second.video, "the second viewer has a picture")
        assert second.video[0].payload[:2] == b"\x10\x00"
        assert first.video[0].payload[:2] == b"\x10\x00"


@in_event_loop
async def test_lost_packets_are_sent_again_to_a_viewer(node, session_id):
    """A viewer's NACK is answered from the ring, by RTX, without asking the publisher."""
    async with Room(node, session_id) as room:
        publisher, _, viewer = await playing(room)
        lost = viewer.video[1]
        nack = RtcpRtpfbPacket(RTCP_RTPFB_NACK, ssrc=1, media_ssrc=lost.ssrc, lost=[lost.sequence_number])
        await viewer.send_rtcp(nack)
        again = await until(
            lambda: [p for p in viewer.packets if p.ssrc != lost.ssrc and p.payload[2:] == lost.payload],
            "the packet comes again",
        )
        assert int.from_bytes(again[0].payload[:2], "big") == lost.sequence_number
        assert not any(isinstance(p, RtcpRtpfbPacket) and p.fmt == RTCP_RTPFB_NACK for p in publisher.rtcp)


@in_event_loop
async def test_packets_that_the_publisher_lost_are_asked_for(node, session_id):
    """A gap makes a NACK; the late packet reaches the viewer in its place."""
    async with Room(node, session_id) as room:
        publisher, camera, viewer = await playing(room)
        lost = camera.next(b"\x00 late", marker=False)
        await camera.frame()
        nacks = await until(
            lambda: [p for p in publisher.rtcp if isinstance(p, RtcpRtpfbPacket) and p.fmt == RTCP_RTPFB_NACK],
            "the node asks",
        )
        assert nacks[0].lost == [lost.sequence_number]
        await publisher.send(lost)
        await until(lambda: len(viewer.video) == 7, "it arrives")
        numbers = sorted((p.sequence_number - viewer.video[0].sequence_number) & 0xFFFF for p in viewer.video)
        assert numbers == list(range(7))


@in_event_loop
async def test_sender_reports_are_translated(node, session_id):
    """The publisher's wall clock reaches the viewer with the viewer's own timestamps."""
    async with Room(node, session_id) as room:
        publisher, camera, viewer = await playing(room)
        info = RtcpSenderInfo(1 << 40, rtp_timestamp=camera.timestamp, packet_count=3, octet_count=9)
        await publisher.send_rtcp(RtcpSrPacket(ssrc=camera.ssrc, sender_info=info))
        reports = await until(
            lambda: [p for p in viewer.rtcp if isinstance(p, RtcpSrPacket)], "the report arrives"
        )
        assert reports[0].sender_info.ntp_timestamp == 1 << 40
        assert reports[0].sender_info.rtp_timestamp == viewer.video[0].timestamp
        assert reports[0].ssrc == viewer.video[0].ssrc


@in_event_loop
async def test_another_publisher_is_no_break_for_the_viewers(node, session_id):
    """The newest publisher wins: a new epoch, the older one ended, and the viewer's stream without a gap."""
    async with Room(node, session_id) as room:
        first, _, viewer = await playing(room)
        before = await room.stage()
        second = await room.publisher()
        camera = Camera(second, number=7, timestamp=9, ssrc=0x9999)
        await camera.frame(key=True)
        await until(lambda: len(viewer.video) == 6, "the second publisher is seen")
        numbers = [p.sequence_number for p in viewer.video]
        assert numbers == [(numbers[0] + i) & 0xFFFF for i in range(6)]
        assert len({p.ssrc for p in viewer.video}) == 1
        await until(lambda: first.dtls.state == "closed", "the first publisher is ended")
        assert (await room.stage())["epoch"] > before["epoch"]
        assert len(await until(lambda: node.events("media.stage_opened.v1", session_id), "events")) == 2
        assert node.events("media.stage_closed.v1", session_id) == []


@in_event_loop
async def test_viewers_outlast_the_publisher(node, session_id):
    """When the publisher comes back, those who stayed see it without a new offer."""
    async with Room(node, session_id) as room:
        publisher, _, viewer = await playing(room)
        assert await room.delete(publisher.location, "publish") == 200
        await until(lambda: node.events("media.stage_closed.v1", session_id), "the stage closes")
        camera = Camera(await room.publisher(), number=500)
        await camera.frame(key=True)
        await until(lambda: len(viewer.video) == 6, "the viewer sees the publisher again")


@in_event_loop
async def test_each_session_has_its_figures(node, session_id):
    """Viewers by layer and packets by source, by session; gone from the metrics with the stage."""
    async with Room(node, session_id) as room:
        await playing(room)
        labels = f'session="{session_id}",source="video"'
        assert await room.metric(f"subvenue_media_session_packets_received_total{{{labels}}}") == 3
        assert await room.metric(f"subvenue_media_session_packets_forwarded_total{{{labels}}}") == 3
        assert await room.metric(f'subvenue_media_session_viewers{{layer="",session="{session_id}"}}') == 1
    async with Room(node, session_id) as room:

        async def gone():
            async with room.http.get(node.url + "/metrics") as response:
                return session_id not in await response.text()

        await until(gone, "the figures go with the stage")
