"""Who can ask a server of ours: nobody but this machine, unless somebody says so."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens on ``host``; a name other than ``localhost`` may lead anywhere."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
