"""Lets the Elasticsearch client talk to osmem-server, which speaks the protocol of OpenSearch.

The client asks for a media type of its vendor and refuses a server that does not name its product; this node
translates the one and adds the other. Only tests use it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from elastic_transport import HttpHeaders, Urllib3HttpNode

_VENDOR = "vnd.elasticsearch+"


class OpenSearchNode(Urllib3HttpNode):
    """A connection that makes an OpenSearch server look like Elasticsearch to the client."""

    def perform_request(self, *request: Any, headers: Any = None, **options: Any) -> Any:
        """One request, with its headers and those of its answer translated."""
        plain = HttpHeaders(headers or {})
        for name in ("accept", "content-type"):
            if _VENDOR in plain.get(name, ""):
                plain[name] = plain[name].split(";")[0].replace(_VENDOR, "")
        answer = super().perform_request(*request, headers=plain, **options)
        answered = HttpHeaders({**answer.meta.headers, "x-elastic-product": "Elasticsearch"})
        return answer._replace(meta=replace(answer.meta, headers=answered))
