"""Whether the app can listen where it is told to; else one line that says why not."""

import contextlib
import errno
import os
import socket

HOST = "Choose another one with --host: 127.0.0.1 for this machine alone, 0.0.0.0 to admit the network."
PORT = "Choose another one with --port, or leave it out for the first free one from 7860 up."


class AddressError(Exception):
    """Nobody can listen there: what happened, and how to mend it."""


def check(host: str, port: int | None) -> None:
    """Try to listen there; without a port, at any.

    Raises:
        AddressError: it cannot be done.
    """
    try:
        found = socket.getaddrinfo(host.strip("[]"), port or 0, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressError(f"There is no address {host!r}. {HOST}") from error
    for family, kind, _, _, address in found[:1]:
        with contextlib.closing(socket.socket(family, kind)) as listener:
            if os.name == "posix":  # else a port that was just left counts as taken
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(address)
            except OSError as error:
                raise AddressError(_words(error, host, port)) from error


def _words(error: OSError, host: str, port: int | None) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken by another program. {PORT}"
    if error.errno == errno.EACCES:
        return f"Port {port} is only for administrators. {PORT}"
    return f"{host} is no address of this machine ({error.strerror}). {HOST}"
