"""All sessions that are packaged on this node, and the recordings of those that were."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from services.streaming.media.stage import Stage

from .disk import Disk
from .film import Film
from .packager import Packager
from .recording import Shelf
from .settings import HlsSettings

log = logging.getLogger(__name__)

_SWEEP = 60.0  # s between two looks at what may go
_KEPT_FILMS = 16  # recordings whose journal stays read


class Packaging:
    """Taps every stage. A session keeps its packager until it ends, however often its publisher comes and goes."""

    def __init__(self, settings: HlsSettings) -> None:
        self.settings = settings
        self._disk = Disk()
        self._shelf = (
            Shelf(settings.recordings, self._disk, settings.most_bytes, settings.most_days)
            if settings.recordings
            else None
        )
        self._encoding = ThreadPoolExecutor(1, "aac") if settings.aac else None
        self._packagers: dict[str, Packager] = {}
        self._films: OrderedDict[str, Film] = OrderedDict()

    def opened(self, stage: Stage) -> None:
        """A stage is there: hear what is on it."""
        packager = self._packagers.get(stage.session_id)
        if packager is None:
            packager = self._packagers[stage.session_id] = self._begin(stage.session_id)
        stage.tap(packager)

    def end(self, session_id: str) -> None:
        """The session is over; its recording is complete."""
        if packager := self._packagers.pop(session_id, None):
            packager.close(ended=True)

    async def film(self, session_id: str) -> Film | None:
        """What can be played of a session; None when there is nothing."""
        if packager := self._packagers.get(session_id):
            return packager.film if packager.film.lead else None
        if known := self._films.get(session_id):
            if known.folder and known.folder.exists():
                self._films.move_to_end(session_id)
                return known
            del self._films[session_id]
        if self._shelf is None:
            return None
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(None, self._shelf.read, session_id)
        if found is None or session_id in self._packagers:
            return None
        film = self._films[session_id] = Film(session_id, self._shelf.folder(session_id), found)
        if len(self._films) > _KEPT_FILMS:
            self._films.popitem(last=False)
        return film if film.lead else None

    def packager(self, session_id: str) -> Packager | None:
        """The packager of a session that goes on."""
        return self._packagers.get(session_id)

    async def run(self) -> None:
        """Keeps disk and memory within bounds, until cancelled."""
        while True:
            if self._shelf:
                busy = set(self._packagers)
                await asyncio.get_running_loop().run_in_executor(None, self._shelf.sweep, busy)
            for packager in self._packagers.values():
                packager.forget(self.settings.window)
            await asyncio.sleep(_SWEEP if self._shelf else self.settings.window / 4)

    async def close(self) -> None:
        """Completes all recordings as far as they are; the next start of the node goes on with them."""
        for packager in self._packagers.values():
            packager.close(ended=False)
        await asyncio.get_running_loop().run_in_executor(None, self._disk.close)
        if self._encoding:
            self._encoding.shutdown(wait=False, cancel_futures=True)

    def _begin(self, session_id: str) -> Packager:
        self._films.pop(session_id, None)
        resumed = self._shelf.resume(session_id) if self._shelf else None
        if resumed is None:
            return Packager(Film(session_id), None, self._encoding)
        recording, found = resumed
        return Packager(Film(session_id, recording.folder, found), recording, self._encoding)
