"""How far behind live hls.js plays in Chromium: on the loopback, and over 200 ms round trip with 1 % loss.

    python -m loadtests.benchmarks.media.hls_latency [seconds]

Two figures, of which the larger counts: hls.js' own, and the clock minus the programme date and time of the
picture on screen, both clocks being this machine's. Encoding is excluded: the film is encoded before. hls.js is
set up as on the page, by web/media/hls.js.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from contextlib import AsyncExitStack, nullcontext
from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.async_api import async_playwright

from loadtests.benchmarks.media import hls_link
from tests.integration.media import encoded_media
from tests.integration.media.audience import Audience
from tests.integration.media.node_process import Node, free_port
from tests.integration.media.projector import Projector
from tests.integration.media.room import Room
from tests.integration.media.rtp_peers import until

WEB = Path(__file__).resolve().parents[3] / "web"
CHROMIUM = "/usr/bin/chromium"
PAGE = """<!doctype html><video id=v muted autoplay playsinline></video><script type=module>
import { HlsPlayer, roundTripTo } from './media/hls.js';
window.lost = [];
const source = new URLSearchParams(location.search).get('source');
performance.setResourceTimingBufferSize(20000);
window.roundTrip = await roundTripTo(source);
const player = new HlsPlayer();
const heard = { onPlaying: () => {}, onLost: (reason) => lost.push(reason) };
await player.play(v, source, { live: true, roundTripMs: roundTrip, ...heard });
window.h = player.hls;
window.errors = [];
h.on('hlsError', (_, { details, fatal }) => errors.push(details + (fatal ? ' (fatal)' : '')));
</script>"""
LOOK = """() => ({
  own: h.latency, dated: h.playingDate ? (Date.now() - h.playingDate) / 1000 : null, target: h.targetLatency,
  frames: v.getVideoPlaybackQuality().totalVideoFrames, dropped: v.getVideoPlaybackQuality().droppedVideoFrames,
  codecs: h.levels[h.currentLevel]?.attrs.CODECS, errors: [...lost, ...errors], roundTrip,
  buffer: v.buffered.length ? v.buffered.end(v.buffered.length - 1) - v.currentTime : 0, rate: v.playbackRate,
})"""


async def measure(seconds: float, far: bool) -> dict[str, Any]:
    """The median and the worst latency over so many seconds, after twenty to settle; and what else was seen."""
    async with AsyncExitStack() as stack:
        stack.enter_context(hls_link.Link(0.2, 0.01) if far else nullcontext())
        host = hls_link.HERE if far else "127.0.0.1"
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        hosts = f"127.0.0.1,{host}" if far else host
        node = Node(folder, {"SUBVENUE_MEDIA_HOST": hosts, "SUBVENUE_RECORDINGS_DIR": str(folder / "recordings")})
        stack.callback(node.stop)
        room = await stack.enter_async_context(Room(node, "session-1"))
        client = await room.publisher(codec="H264")
        film = encoded_media.h264(10, "1280x720", 1_200_000), encoded_media.opus(10)
        show = asyncio.create_task(Projector(client, *film).run())
        stack.callback(show.cancel)
        audience = Audience(room.http, node, "session-1")

        async def entered() -> bool:
            return (await audience.enter()).status == 200

        await until(entered, "the session is packaged")
        await asyncio.sleep(4)
        source = f"http://{host}:{node.port}{audience.root.removeprefix(node.url)}main.m3u8"
        page = await stack.enter_async_context(_page(host, source, far))
        await page.wait_for_function(
            "() => window.h?.latency && v.getVideoPlaybackQuality().totalVideoFrames > 10"
        )
        await asyncio.sleep(20)
        before = await page.evaluate(LOOK)
        looks = []
        for _ in range(round(seconds * 2)):
            await asyncio.sleep(0.5)
            looks.append(await page.evaluate(LOOK))
        worse = [max(look["own"], look["dated"] or 0.0) for look in looks]
        return {
            "median": statistics.median(worse),
            "worst": max(worse),
            "last": looks[-1],
            "frames_per_second": (looks[-1]["frames"] - before["frames"]) / seconds,
            "codecs": looks[-1]["codecs"],
            "errors": looks[-1]["errors"],
            "own": statistics.median(look["own"] for look in looks),
        }


class _page:
    """A page with hls.js and nothing else, in Chromium; in the namespace when it is `far`."""

    def __init__(self, host: str, source: str, far: bool) -> None:
        self._host, self._source, self._far = host, source, far

    async def __aenter__(self) -> Any:
        app = web.Application()
        app.router.add_get("/", lambda _: web.Response(text=PAGE, content_type="text/html"))
        app.router.add_static("/", WEB)
        self._runner, port = web.AppRunner(app, access_log=None), free_port()
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, port).start()
        self._folder = tempfile.TemporaryDirectory()
        executable = CHROMIUM
        if self._far:
            wrapper = Path(self._folder.name) / "chromium"
            wrapper.write_text(f'#!/bin/sh\nexec ip netns exec {hls_link.NAMESPACE} {CHROMIUM} "$@"\n')
            wrapper.chmod(0o755)
            executable = str(wrapper)
        self._playwright = await async_playwright().start()
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        self._browser = await self._playwright.chromium.launch(executable_path=executable, args=arguments)
        page = await self._browser.new_page()
        await page.goto(f"http://{self._host}:{port}/?source={self._source}")
        return page

    async def __aexit__(self, *_: object) -> None:
        await self._browser.close()
        await self._playwright.stop()
        await self._runner.cleanup()
        self._folder.cleanup()


async def main(seconds: float) -> int:
    """Prints both figures; 1 where one is over its bound."""
    over = 0
    for name, far, bound in (("loopback", False, 1.0), ("200 ms, 1 % loss", True, 2.0)):
        if far and not hls_link.possible():
            print(f"{name}: not measured, a link needs root and /dev/net/tun")
            continue
        found = await measure(seconds, far)
        over |= found["median"] > bound
        print(
            f"{name}: {found['median']:.2f} s behind live (median of {seconds:.0f} s, worst {found['worst']:.2f}, "
            f"bound {bound}), {found['frames_per_second']:.1f} frames/s, {found['codecs']}, "
            f"stalls since the start: {found['errors'].count('bufferStalledError')}"
        )
    return int(over)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0)))
