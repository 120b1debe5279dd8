"""Starts one nameko service as a process: logs, health, and an orderly end on SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Mapping
from typing import Any

import eventlet
from nameko.containers import ServiceContainer, WorkerContext

from messaging import logs, otlp, topology, tracing
from messaging.contracts.errors import ServiceError

from .consumer import BusConsumer
from .health import Health, serve
from .stores import Stores

log = logging.getLogger(__name__)
#: What is not finished by then is left for the next delivery.
STOP_SECONDS = 25


class BusContainer(ServiceContainer):
    """nameko's container; each worker has the tracing variables of what it works on, and a span of its own."""

    def _worker_setup(self, worker_ctx: WorkerContext) -> None:
        tracing.correlation_id.set(worker_ctx.data.get("correlation_id") or worker_ctx.call_id)
        tracing.traceparent.set(worker_ctx.data.get("traceparent") or "")
        kind = getattr(worker_ctx.entrypoint, "span_kind", tracing.SERVER)
        name = f"{worker_ctx.service_name}.{worker_ctx.entrypoint.method_name}"
        worker_ctx.span = tracing.begin(name, kind)
        super()._worker_setup(worker_ctx)

    def _worker_result(self, worker_ctx: WorkerContext, result: Any, exc_info: Any) -> None:
        failed = exc_info is not None and not isinstance(exc_info[1], ServiceError)
        tracing.end(worker_ctx.span, failed=failed)
        super()._worker_result(worker_ctx, result, exc_info)

    def _handle_thread_exited(self, gt: Any) -> None:
        """Let the links after nameko's run, which settle the message, also when a worker ended by a
        BaseException such as `eventlet.Timeout`: nameko raises it again in the middle of them."""
        try:
            super()._handle_thread_exited(gt)
        except BaseException as error:
            log.warning("a worker was stopped", extra={"fields": {"error": type(error).__name__}})

    def is_ready(self) -> bool:
        """Whether the broker has confirmed every consumer and the indexes of the stores exist."""
        if not self.started:
            return False
        consumers = [one for one in self.extensions if isinstance(one, BusConsumer)]
        stores = [one for one in self.extensions if isinstance(one, Stores)]
        return all(one.confirmed for one in consumers) and all(one.indexed or not one.needed for one in stores)


def bus_config(environment: Mapping[str, str]) -> dict[str, Any]:
    """nameko's configuration from `SUBVENUE_` variables."""
    return {
        "AMQP_URI": environment.get("SUBVENUE_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/"),
        "mongodb_url": environment.get("SUBVENUE_MONGODB_URL", "mongodb://127.0.0.1:27017"),
        "max_workers": int(environment.get("SUBVENUE_WORKERS", "32")),
        "retry_delays_ms": topology.retry_delays(environment),
    }


def run(service: type, extra: Mapping[str, Any] | None = None) -> None:
    """Run `service` until SIGTERM or SIGINT. `extra` is added to nameko's configuration.

    The caller has monkey-patched already: it is the first thing a service's `__main__` does.
    """
    environment = os.environ
    name: str = service.name  # type: ignore[attr-defined]
    logs.configure(name, environment.get("SUBVENUE_LOG_LEVEL", "INFO"))
    logging.getLogger("nameko").setLevel(logging.ERROR)
    exporter = otlp.start(name, environment)
    container = BusContainer(service, {**bus_config(environment), **(extra or {})})
    health = Health(container.is_ready)
    eventlet.spawn(health.keep_fresh)
    if port := int(environment.get("SUBVENUE_HEALTH_PORT", "0")):
        serve(health, environment.get("SUBVENUE_HEALTH_HOST", "127.0.0.1"), port)
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: eventlet.spawn(_stop, container))
    container.start()
    log.info("started")
    container.wait()
    log.info("stopped")
    if exporter is not None:
        exporter.send()
    _leave(0)


def _stop(container: BusContainer) -> None:
    """Finish what is under way; a stop that fails must not leave a process that looks alive and does nothing."""
    eventlet.spawn_after(STOP_SECONDS, _leave, 1)
    try:
        container.stop()
    except Exception:
        log.exception("could not stop in order")
        _leave(1)


def _leave(status: int) -> None:
    """End the process at once: an interpreter that is taken down under the native health thread can crash."""
    logging.shutdown()
    os._exit(status)
