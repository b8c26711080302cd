"""Who can ask a server of ours: nobody but this machine, unless somebody says so."""

import argparse
import ipaddress
from typing import Final

MAX_PORT: Final = 65_535


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on ``host``; a name other than ``localhost`` may lead anywhere."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def port(text: str) -> int:
    """A port of TCP, from the command line; 0: any that is free. Raises ``ArgumentTypeError`` that says what is allowed."""
    if not (text.isdecimal() and text.isascii() and int(text) <= MAX_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is no port; give a number from 0 to {MAX_PORT}")
    return int(text)
