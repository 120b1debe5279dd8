"""What packaging and recording cost: processor time of a session in percent of a core, with and without AAC.

    python -m loadtests.benchmarks.media.hls_cost [seconds of film]

720p, 30 frames/s, 1.2 Mbps of H264 and 48 kbps of Opus, some 200 packets/s. The packets are made before; what is
timed is all that the process does with them, the thread that writes to disk and its fdatasync included.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from services.streaming.media.hls.disk import Disk
from services.streaming.media.hls.film import Film
from services.streaming.media.hls.packager import Packager
from services.streaming.media.hls.recording import Shelf
from tests.integration.media import encoded_media
from tests.integration.media.scene import FakeSource

RATE = encoded_media.FRAME_RATE
BOUND = 1.0  # percent of a core, AAC apart


async def cost(seconds: int, aac: bool, root: Path) -> tuple[float, int]:
    """Percent of a core, and bytes on disk."""
    pictures = encoded_media.h264(10, "1280x720", 1_200_000)
    payloads, sounds = [list(encoded_media.payloads(units)) for units in pictures], encoded_media.opus(10)
    now, disk = [1_795_000_000.0], Disk()
    resumed = Shelf(root, disk).resume("session-1")
    assert resumed is not None
    executor = ThreadPoolExecutor(1) if aac else None
    film = Film("session-1", resumed[0].folder)
    packager = Packager(film, resumed[0], executor, clock=lambda: now[0])
    video, audio = FakeSource("video", "H264"), FakeSource("audio", "opus")
    made = []
    for i in range(seconds * RATE):
        frame = payloads[i % len(payloads)]
        packets = [(video, video.packet(i * 3_000, one, one is frame[-1])) for one in frame]
        heard = range(-(-i * 50 // RATE), -(-(i + 1) * 50 // RATE))
        packets += [(audio, audio.packet(j * 960, sounds[j % len(sounds)])) for j in heard]
        made.append(packets)
    began = time.process_time()
    packager.opened(audio)
    packager.opened(video)
    for i, packets in enumerate(made):
        now[0] = 1_795_000_000.0 + i / RATE
        for source, packet in packets:
            packager.packet(source, packet)
        if aac and i % 6 == 0:
            await asyncio.sleep(0.02)  # lets the encoder keep up
    while aac and film.tracks["aac"].end < seconds - 1:
        await asyncio.sleep(0.1)
    packager.close(ended=True)
    disk.close()
    spent = time.process_time() - began
    return 100 * spent / seconds, sum(file.stat().st_size for file in film.folder.iterdir()) if film.folder else 0


def main(seconds: int) -> int:
    """Prints both; 1 when packaging alone is over its bound."""
    with tempfile.TemporaryDirectory() as folder:
        plain, size = asyncio.run(cost(seconds, False, Path(folder) / "plain"))
        rate = size / seconds / 1_000
        print(f"packaging and recording: {plain:.2f} % of a core a session (bound {BOUND} %), {rate:.0f} kB/s")
        whole, size = asyncio.run(cost(seconds, True, Path(folder) / "aac"))
        print(f"with AAC: {whole:.2f} %, hence AAC {whole - plain:.2f} %, {size / seconds / 1e3:.0f} kB/s")
    return int(plain > BOUND)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 60))
