"""How an app is served to strangers: watched, guarded and tidied, whichever pages it has."""

import argparse
import math
import os
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from apps.server import input_checks, middleware, queue_cleanup, telemetry

SESSIONS = 2000  # visitors whose state is kept; the one longest away is forgotten first


def add_options(parser: argparse.ArgumentParser) -> None:
    """`--log`, `--rate` and `--proxies`."""
    parser.add_argument("--log", metavar="FILE", help="write the log there; without it, to standard error")
    parser.add_argument(
        "--rate",
        type=_rate,
        default=middleware.RATE,
        help="requests a second of one visitor in the long run; 0: as many as they like",
    )
    parser.add_argument(
        "--proxies",
        type=_count,
        # A Space stands behind its host's proxy.
        default=os.environ.get("RNN_PROXIES") or ("1" if "SPACE_ID" in os.environ else "0"),
        help="how many proxies of your own stand in front and write X-Forwarded-For, which is not read otherwise",
    )


def protect(demo: gr.Blocks, chosen: argparse.Namespace) -> dict[str, Any]:
    """Make `demo`, whose queue is set, ready for strangers.

    Returns:
        Options for its `launch`.
    """
    # Else uvicorn believes any header X-Forwarded-For that comes through this machine; `visitors` reads it itself.
    os.environ.setdefault("FORWARDED_ALLOW_IPS", "")
    measured = telemetry.Telemetry(demo, telemetry.JsonLog(chosen.log), chosen.proxies)
    measured.instrument_functions()
    input_checks.refuse_invalid(demo, measured.input_refused)
    queue_cleanup.drop_superseded(demo)
    queue_cleanup.use_lean_sessions()
    rules = middleware.Rules(chosen.rate, chosen.proxies)
    return {
        "app_kwargs": {
            "routes": measured.routes(),
            "middleware": [
                Middleware(telemetry.TelemetryMiddleware, telemetry=measured),
                Middleware(middleware.Admission, demo=demo, rules=rules, count=measured.request_refused),
            ],
            "openapi_url": None,  # it would list the closed doors, too; the endpoints are at /gradio_api/info
            "lifespan": queue_cleanup.Sweeper(demo).running,
        },
        "state_session_capacity": SESSIONS,
        "enable_monitoring": False,  # Gradio's own numbers, which hold visitors' sessions
        "ssr_mode": False,  # a second server in front would hide visitors' addresses, and /health
    }


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = math.nan
    if not 0 <= rate < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no rate; expected a number of 0 or more")
    return rate


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) > 10:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of proxies; expected a whole number from 0 to 10")
    return int(text)
