"""Two media nodes under one gateway: one is killed, drained, cordoned, and the audience plays on."""

from __future__ import annotations

import time
import uuid
from contextlib import AsyncExitStack

import httpx
import pytest

from tests.e2e.api_client import People
from tests.e2e.stage_people import Presenter, Viewer, api
from tests.integration.media.rtp_peers import in_event_loop, until


@pytest.fixture
def people(conference):
    with httpx.Client(base_url=conference.gateway_url) as client:
        yield People(client, conference.run_dir / "secrets" / "token-private.pem")


@pytest.fixture
def gateway(conference, people):
    """The gateway's address, with both nodes ready and neither cordoned."""
    conference.wait_ready("media", "media-2")
    with httpx.Client(base_url=conference.gateway_url, headers=people.operator()) as client:

        def both_are_free():
            nodes = client.get("/api/v1/media-nodes").json()["items"]
            for node in nodes:
                if node["cordoned"]:
                    client.post(f"/api/v1/media-nodes/{node['name']}/cordon", json={"cordoned": False})
            return len(nodes) == 2 and not any(node["cordoned"] for node in nodes)

        deadline = time.monotonic() + 20
        while not both_are_free():
            assert time.monotonic() < deadline
            time.sleep(0.1)
    return conference.gateway_url


async def schedule(gateway, people, sub_venue_id=None):
    """A session of an operator's making, and its sub-venue."""
    operator = people.operator()
    if sub_venue_id is None:
        venue = {"name": "Node", "city": "Oslo", "country": "NO", "time_zone": "Europe/Oslo"}
        key = {"Idempotency-Key": uuid.uuid4().hex}
        sub_venue_id = (await api(gateway, operator | key, "POST", "/sub-venues", json=venue))["id"]
    session = {
        "sub_venue_id": sub_venue_id,
        "kind": "talk",
        "title": "A talk",
        "starts_at": "2026-12-18T09:00:00Z",
        "ends_at": "2026-12-18T10:00:00Z",
    }
    key = {"Idempotency-Key": uuid.uuid4().hex}
    return (await api(gateway, operator | key, "POST", "/sessions", json=session))["id"], sub_venue_id


def a_presenter(gateway, people, session_id):
    return Presenter(gateway, session_id, people.token(sub="operator-1", roles=["operator"]))


def a_viewer(gateway, people, session_id, name="att-viewer"):
    return Viewer(gateway, session_id, people.token(sub=name))


async def play_again(viewers, began):
    """Seconds from `began` until all play by a connection that is newer."""
    before = [len(viewer.connections) for viewer in viewers]

    def all_play():
        return all(len(v.connections) > n and v.plays for v, n in zip(viewers, before, strict=True))

    await until(all_play, "everybody plays again", timeout=20)
    return time.monotonic() - began


@in_event_loop
async def test_a_killed_node_is_replaced_within_five_seconds(conference, gateway, people):
    """kill -9: presenter and viewers are on another node, or on its successor, with the tokens that they had."""
    session_id, _ = await schedule(gateway, people)
    async with AsyncExitStack() as stack:
        presenter = await stack.enter_async_context(a_presenter(gateway, people, session_id))
        await until(lambda: presenter.connections, "somebody is on stage")
        names = [f"att-{i}" for i in range(3)]
        viewers = [await stack.enter_async_context(a_viewer(gateway, people, session_id, name)) for name in names]
        await until(lambda: all(viewer.plays for viewer in viewers), "the viewers play")
        killed = "media" if presenter.node == "media-1" else "media-2"
        began = time.monotonic()
        conference.kill(killed)
        took = await play_again(viewers, began)
        assert took <= 5
        assert {viewer.node for viewer in viewers} == {presenter.node}

        async def state_is_right():
            audience = await api(gateway, {}, "GET", f"/sessions/{session_id}/audience")
            return audience["live"] and audience["by_node"] == {presenter.node: 3}

        await until(state_is_right, "the session is live, and its audience where it is")


@in_event_loop
async def test_a_drained_node_is_empty_within_five_seconds(gateway, people):
    """An operator drains it: everybody moves, nobody new comes, and it can be put back."""
    operator = people.operator()
    session_id, _ = await schedule(gateway, people)
    async with AsyncExitStack() as stack:
        presenter = await stack.enter_async_context(a_presenter(gateway, people, session_id))
        await until(lambda: presenter.connections, "somebody is on stage")
        viewers = [await stack.enter_async_context(a_viewer(gateway, people, session_id)) for _ in range(3)]
        await until(lambda: all(viewer.plays for viewer in viewers), "the viewers play")
        drained, began = presenter.node, time.monotonic()
        peers = (await api(gateway, operator, "GET", f"/media-nodes/{drained}/peers"))["items"]
        assert sorted(peer["role"] for peer in peers if peer["session_id"] == session_id) == ["publish"] + 3 * [
            "watch"
        ]
        assert (await api(gateway, operator, "POST", f"/media-nodes/{drained}/drain"))["cordoned"] is True
        assert await play_again(viewers, began) <= 5
        assert drained not in {presenter.node, *(viewer.node for viewer in viewers)}

        async def is_empty():
            return (await api(gateway, operator, "GET", f"/media-nodes/{drained}/peers"))["items"] == []

        await until(is_empty, "nobody is left", timeout=max(0.1, 5 - (time.monotonic() - began)))


@in_event_loop
async def test_viewers_of_a_cordoned_node_s_session_come_by_the_other(gateway, people):
    """Who is there stays; who comes now is served by the other node, which pulls the session; all are counted."""
    operator = people.operator()
    session_id, _ = await schedule(gateway, people)
    async with a_presenter(gateway, people, session_id) as presenter:
        await until(lambda: presenter.connections, "somebody is on stage")
        async with a_viewer(gateway, people, session_id) as early:
            await until(lambda: early.plays, "the first viewer plays")
            origin = presenter.node
            await api(gateway, operator, "POST", f"/media-nodes/{origin}/cordon", json={"cordoned": True})
            async with a_viewer(gateway, people, session_id, "att-late") as late:
                await until(lambda: late.plays, "the second viewer plays")
                assert (early.node, late.node == origin) == (origin, False)
                assert len(presenter.connections) == len(early.connections) == 1

                async def joined():
                    audience = await api(gateway, {}, "GET", f"/sessions/{session_id}/audience")
                    return audience["by_node"] == {origin: 1, late.node: 1} and audience["viewers"] == 2

                await until(joined, "the audience is joined over both")


@in_event_loop
async def test_somebody_is_shown_out(gateway, people):
    """A presenter bars an attendee: the node ends that viewer at once, and there is no ticket for another try."""
    session_id, _ = await schedule(gateway, people)
    async with a_presenter(gateway, people, session_id) as presenter:
        await until(lambda: presenter.connections, "somebody is on stage")
        async with (
            a_viewer(gateway, people, session_id, "att-rude") as rude,
            a_viewer(gateway, people, session_id) as kind,
        ):
            await until(lambda: rude.plays and kind.plays, "both play")
            barred = {"attendee_id": "att-rude"}
            await api(gateway, people.operator(), "POST", f"/sessions/{session_id}/barred", json=barred)
            await until(lambda: rude.connections[-1].dtls.state == "closed", "the one is shown out")
            await until(lambda: len(rude.answers) > 2, "and tries again")
            assert len(rude.connections) == 1
            assert len(kind.connections) == 1


@in_event_loop
async def test_nine_sessions_live_at_once_then_the_next(gateway, people):
    """Nine sub-venues at once, each with its own picture; then each session ends, and the next begins there."""
    rooms = [await schedule(gateway, people) for _ in range(9)]
    async with AsyncExitStack() as stack:
        for session_id, _ in rooms:
            await stack.enter_async_context(a_presenter(gateway, people, session_id))
        viewers = []
        for session_id, _ in rooms:
            viewer = await stack.enter_async_context(a_viewer(gateway, people, session_id))
            viewers.append(viewer)
        await until(lambda: all(viewer.plays for viewer in viewers), "all nine play", timeout=30)
        listed = (await api(gateway, {}, "GET", "/sessions?live=true&limit=200"))["items"]
        assert {session_id for session_id, _ in rooms} <= {session["id"] for session in listed}
        ended, sub_venue_id = rooms[0]
        following, _ = await schedule(gateway, people, sub_venue_id)
        await api(gateway, people.operator(), "POST", f"/sessions/{ended}/end")
        await until(lambda: viewers[0].connections[-1].dtls.state == "closed", "the first one is over")
        await stack.enter_async_context(a_presenter(gateway, people, following))
        viewer = await stack.enter_async_context(a_viewer(gateway, people, following))
        await until(lambda: viewer.plays, "the next one plays in the same sub-venue")
        assert len(viewers[1].connections) == 1
        session = await api(gateway, {}, "GET", f"/sessions/{ended}")
        assert (session["status"], session["live"]) == ("ended", False)
