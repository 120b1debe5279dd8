"""A running conference, or some parts of one, in a folder of its own: what `make` and the tests drive."""

import fcntl
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.local import broker, environment_file, keys, leftovers, ports, processes, settings, supervisor
from deploy.local.processes import Process
from deploy.local.ready import is_ready

LOOK_AGAIN = 0.1  # seconds
DIES_AT_ONCE = 5  # starts within one wait after which we call a process broken

Tell = Callable[[str, str, float], None]  # name, "starting" or "ready", seconds since the beginning


class NotReady(Exception):
    """A process did not come up; carries its name, and the end of its log."""

    def __init__(self, name: str, why: str, log: str) -> None:
        super().__init__(f"{name} {why}")
        self.name, self.why, self.log = name, why, log


class Stack:
    """The processes of one run folder. Every method may be called again; two callers take turns."""

    def __init__(self, run_dir: Path, choose: settings.Chooser = ports.near_default) -> None:
        self.run_dir = run_dir.absolute()
        self._choose = choose

    @property
    def env(self) -> dict[str, str]:
        """The settings of this run, as in `run.env`; empty before the first `up`."""
        return environment_file.read(self.run_dir / "run.env")

    @property
    def gateway_url(self) -> str:
        """Where the API and the page are."""
        return self.address("gateway").removesuffix("/readyz")

    def address(self, name: str) -> str:
        """The address that tells whether the process called `name` is ready."""
        return processes.fill(processes.by_name(name).ready, str(self.run_dir), self.env)

    def processes(self) -> list[Process]:
        """What runs, or would run, here."""
        return processes.wanted(self.env) if self.env else list(processes.PROCESSES)

    def pid(self, name: str) -> int | None:
        """The living process's, or None."""
        return leftovers.pid_in(self.run_dir / f"{name}.pid", self.run_dir)

    def up(self, given: Mapping[str, str], tell: Tell = lambda *_: None) -> None:
        """Start what does not run, with the settings `given`; return when every part is ready.

        A run whose settings have changed is started anew. Raises NotReady, settings.PortRefused, and
        KeyError for an unknown part.
        """
        with self._alone():
            known = self.env
            running = supervisor.pid(self.run_dir) is not None
            own_ports = {known[name] for name in ports.DEFAULTS if name in known} if running else set()
            password = keys.make_missing(self.run_dir / "secrets")
            now = settings.compose(
                self.run_dir,
                given,
                known,
                password,
                self._choose,
                lambda p: str(p) in own_ports or ports.is_free(p),
            )
            processes.wanted(now)  # an unknown part is told before anything is written
            if not (running and now == known):
                supervisor.stop(self.run_dir)
                for folder in ("documents", "search", "logs"):
                    (self.run_dir / folder).mkdir(exist_ok=True)
                environment_file.write(self.run_dir / "run.env", now)
                broker.configure(self.run_dir, now)
                supervisor.start(self.run_dir, self.processes())
            self.wait_ready(tell=tell)

    def wait_ready(self, *names: str, tell: Tell = lambda *_: None) -> None:
        """Wait until the processes called `names` (default all) answer. Raises NotReady."""
        began = time.monotonic()
        limit = float(self.env.get("SUBVENUE_START_TIMEOUT", "90"))
        missing = deque(names or [process.name for process in self.processes()])
        seen: dict[str, set[int]] = {name: set() for name in missing}
        for name in missing:
            tell(name, "starting", 0.0)
        while missing:
            name = missing[0]
            if is_ready(self.address(name)):
                missing.popleft()
                tell(name, "ready", time.monotonic() - began)
                continue
            seen[name].add(self.pid(name) or 0)
            if len(seen[name] - {0}) >= DIES_AT_ONCE:
                raise NotReady(name, "ends as soon as it is started", self.last_lines(name))
            if time.monotonic() - began > limit:
                raise NotReady(name, f"was not ready after {limit:.0f} s", self.last_lines(name))
            missing.rotate(-1)
            time.sleep(LOOK_AGAIN / len(missing))

    def down(self) -> None:
        """Stop everything; returns when no process is left."""
        if self.run_dir.exists():
            with self._alone():
                supervisor.stop(self.run_dir)

    def kill(self, name: str) -> int:
        """SIGKILL the process called `name` and return its late pid; the supervisor will start another.

        Raises ProcessLookupError when it does not run.
        """
        pid = self.pid(name)
        if pid is None:
            raise ProcessLookupError(f"{name} does not run")
        self._end(pid, signal.SIGKILL)
        return pid

    def restart(self, name: str) -> None:
        """Ask the process called `name` to stop; return when its successor is ready."""
        pid = self.pid(name)
        if pid is not None:
            self._end(pid, signal.SIGTERM)
        self.wait_ready(name)

    def _end(self, pid: int, strength: signal.Signals) -> None:
        os.kill(pid, strength)
        while leftovers.is_ours(pid, self.run_dir):
            time.sleep(0.01)

    def last_lines(self, name: str, count: int = 20) -> str:
        """The end of the process's log."""
        try:
            return "\n".join(
                (self.run_dir / "logs" / f"{name}.log").read_text(errors="replace").splitlines()[-count:]
            )
        except FileNotFoundError:
            return "(it wrote no log)"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.run_dir.mkdir(parents=True, exist_ok=True)
        with open(self.run_dir / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
