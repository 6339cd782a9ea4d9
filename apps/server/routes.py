"""The addresses of the app and what each is for; what is not on the list is closed.

Gradio has more routes than these pages use: some write files on demand, some fetch other addresses. The list says
what is used; a route that is not on it answers 404, also one that a later version of Gradio brings.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

API = "/gradio_api/"

# What the addresses below `API` are for, by how they begin; the first that fits counts.
_API_ROUTES = (
    ("queue/join", "join"),
    ("queue/data", "answers"),
    ("queue/status", "info"),
    ("call/", "call"),
    ("run/", "run"),
    ("api/", "run"),
    ("upload_progress", "answers"),
    ("upload", "upload"),
    ("file=", "file"),
    ("heartbeat/", "heartbeat"),
    ("cancel", "cancel"),
    ("reset", "cancel"),
    ("info", "info"),
    ("openapi.json", "info"),
    ("startup-events", "info"),
    ("app_id", "info"),
    ("login_check", "info"),
    ("user", "info"),
    ("theme.css", "asset"),
    ("mcp", "mcp"),
)
_ASSETS = (
    "/assets/",
    "/static/",
    "/svelte/",
    "/favicon.ico",
    "/manifest.json",
    "/pwa_icon",
    "/robots.txt",
    "/theme.css",
)
_CLOSED = ("/monitoring", "/login", "/logout")
_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*:", re.IGNORECASE)

UNMETERED = frozenset({"asset", "health", "metrics"})
"""What costs a visitor nothing: small, static, and asked for by the dozen when a page opens."""

WITH_JSON_BODY = frozenset({"join", "call", "run", "cancel"})
"""What has a JSON body, if it is a POST."""

KINDS = frozenset({kind for _, kind in _API_ROUTES} | UNMETERED | {"page", "closed"})


def request_kind(scope: Mapping[str, Any]) -> str:
    """What a request is for, one of `KINDS`; never anything that a visitor wrote."""
    path = scope["path"].removeprefix(scope.get("root_path") or "")
    if path in ("/health", "/metrics"):
        return path[1:]
    if path.startswith(API):
        kind = _api_kind(path.removeprefix(API))
        return "answers" if kind == "call" and scope["method"] == "GET" else kind
    if path.startswith(_ASSETS):
        return "asset"
    return "closed" if path.startswith(_CLOSED) else "page"


def _api_kind(rest: str) -> str:
    kind = next((kind for beginning, kind in _API_ROUTES if rest.startswith(beginning)), "closed")
    # "file=https://…" would make the server fetch that address.
    return "closed" if kind == "file" and _SCHEME.match(rest.removeprefix("file=").lstrip()) else kind


def endpoint_name(scope: Mapping[str, Any]) -> str:
    """The name that a call by name gives, `/gradio_api/call/NAME`; as it was written, so not for any log."""
    parts = scope["path"].removeprefix(scope.get("root_path") or "").removeprefix(API).split("/")
    return parts[2] if parts[1:2] == ["v2"] else (parts[1] if len(parts) > 1 else "")


def session_and_event(scope: Mapping[str, Any]) -> tuple[str, str]:
    """Whose answers are asked for: the session of a page or "", and the event of a call by name or ""."""
    asked = parse_qs(scope["query_string"].decode("latin-1"))
    parts = scope["path"].rstrip("/").split("/")
    if parts[-2:] == ["queue", "data"]:
        return asked.get("session_hash", [""])[0], ""
    return "", parts[-1] if "call" in parts else ""


def has_remote_file(value: Any) -> bool:
    """Whether a JSON value holds a file that the server would have to fetch from another address."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            path = item.get("path")
            if isinstance(path, str) and _SCHEME.match(path.strip()):
                return True
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return False
