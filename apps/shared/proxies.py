"""Proxies that the environment names, for HTTPX, through which Gradio asks itself whether it is up.

Of a proxy that HTTPX cannot use it says so with an error already when Gradio is imported.
"""

import importlib
import os
import sys

LOCAL = ("localhost", "127.0.0.1", "::1")
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def drop_unusable() -> None:
    """Take the proxies that HTTPX cannot use out of the environment of this process, and say so on standard error."""
    for name in VARIABLES:
        for variable in (name.lower(), name):
            address = os.environ.get(variable)
            reason = _fault(address) if address else ""
            if reason:
                del os.environ[variable]  # the address is not told: it may hold a password
                print(f"The proxy in {variable} cannot be used, and is not: {reason}", file=sys.stderr)


def spare_local(host: str) -> None:
    """From now on, whatever proxies there are, this machine is reached without them; `host` is one name of it."""
    given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    spared = [one for one in map(str.strip, given.split(",")) if one]
    spared += [one for one in (*LOCAL, host.strip("[]")) if one not in spared]
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(spared)  # of two that differ, the small one counts


def _fault(address: str) -> str:
    """What HTTPX has against a proxy; "" for nothing."""
    httpx = importlib.import_module("httpx")
    try:
        httpx.HTTPTransport(proxy=address if "://" in address else f"http://{address}").close()
    except ImportError:
        return 'for SOCKS a package is missing. Install it: pip install "httpx[socks]".'
    except (ValueError, httpx.InvalidURL):
        return "its address is none. Expected one such as http://proxy.example:3128 or socks5://proxy.example:1080."
    return ""
