"""A native thread that answers probes over HTTP: it still does while the hub or loop of its process hangs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: The status and body for a path.
Answer = Callable[[str], tuple[int, bytes]]


def serve(answer: Answer, host: str, port: int, http: Any, threads: Any) -> None:
    """Serve `answer` on host:port; returns at once.

    `http` and `threads` are the modules `http.server` and `threading`, which a process on eventlet gives as they
    were before it patched them.
    """

    class Handler(http.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Probes are not worth a log line."""

    server = http.HTTPServer((host, port), Handler)
    threads.Thread(target=server.serve_forever, name="health", daemon=True).start()
