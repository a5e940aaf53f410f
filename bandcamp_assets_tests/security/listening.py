"""What a process and its children listen on, and which of it another machine could reach."""

from __future__ import annotations

import socket
from ipaddress import ip_address

import psutil


def listening(family: psutil.Process) -> set[tuple[str, int]]:
    """Address and port of everything that the process and its children listen on, for TCP and UDP."""
    found = set()
    for process in [family, *family.children(recursive=True)]:
        try:
            connections = process.net_connections(kind="inet")
        except psutil.NoSuchProcess:
            continue
        found |= {
            (each.laddr.ip, each.laddr.port)
            for each in connections
            if each.status == psutil.CONN_LISTEN or (each.type == socket.SOCK_DGRAM and not each.raddr)
        }
    return found


def outside(found: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those that another machine could reach."""
    return {each for each in found if not ip_address(each[0]).is_loopback}
