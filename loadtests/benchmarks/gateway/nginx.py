"""nginx with the bytes in a file: the limit of what one process can give."""

from __future__ import annotations

import shutil
from pathlib import Path

CONFIGURATION = """\
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 4096; }}
http {{
  access_log off; default_type application/json; keepalive_requests 1000000000; open_file_cache max=100;
  sendfile on; tcp_nopush on;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port} backlog=4096; root {folder}; }}
}}
"""


def command(folder: Path, port: int, body: bytes) -> list[str] | None:
    """How to start it so that ``/sub-venues`` is `body`; None where nginx is not installed."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    (folder / "sub-venues").write_bytes(body)
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=port))
    return [program, "-e", str(folder / "nginx.log"), "-c", str(folder / "nginx.conf")]
