"""Real proxies on 127.0.0.1, small and strict: SOCKS5 (RFC 1928, 1929) and HTTP (CONNECT, absolute addresses)."""

import base64
import select
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

Speak = Callable[["ProxyServer", socket.socket], None]


@dataclass(slots=True)
class ProxyServer:
    """A proxy; `asked` has what it was asked to connect to, `names` where names lead to."""

    speak: Speak
    user: str = ""  # "": everybody may
    password: str = ""
    names: dict[str, int] = field(default_factory=dict)  # host -> the port of 127.0.0.1 where it really is
    reply: int = 0  # of SOCKS, other than 0: refuses
    tls: ssl.SSLContext | None = None  # the proxy itself is spoken to by TLS
    asked: list[tuple[str, int]] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)  # of HTTP requests
    port: int = 0
    open: int = 0  # connections now

    @contextmanager
    def running(self) -> Iterator["ProxyServer"]:
        proxy = self

        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                proxy.open += 1
                self.request.settimeout(20)
                try:
                    with suppress(OSError, EOFError), proxy._secured(self.request) as client:
                        proxy.speak(proxy, client)
                finally:
                    proxy.open -= 1

        class Server(ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        with Server(("127.0.0.1", 0), Handler) as server:
            self.port = server.server_address[1]
            thread = Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            yield self
            server.shutdown()
            thread.join()

    def _secured(self, raw: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(raw, server_side=True) if self.tls else raw

    def dial(self, host: str, port: int) -> socket.socket:
        self.asked.append((host, port))
        return socket.create_connection(("127.0.0.1", self.names.get(host, port)), timeout=20)


def exactly(connection: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        chunk = connection.recv(size - len(found))
        if not chunk:
            raise EOFError
        found += chunk
    return found


def socks5(proxy: ProxyServer, client: socket.socket) -> None:
    version, count = exactly(client, 2)
    methods = exactly(client, count)
    wanted = 2 if proxy.user else 0
    if version != 5 or wanted not in methods:
        client.sendall(b"\x05\xff")
        return
    client.sendall(bytes([5, wanted]))
    if proxy.user and not _knows(proxy, client):
        return
    _, command, _, kind = exactly(client, 4)
    assert command == 1
    if kind == 3:
        host = exactly(client, exactly(client, 1)[0]).decode("ascii")
    else:
        family = socket.AF_INET if kind == 1 else socket.AF_INET6
        host = socket.inet_ntop(family, exactly(client, 4 if kind == 1 else 16))
    [port] = struct.unpack(">H", exactly(client, 2))
    if proxy.reply:
        proxy.asked.append((host, port))
        client.sendall(bytes([5, proxy.reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        return
    try:
        there = proxy.dial(host, port)
    except ConnectionRefusedError:
        client.sendall(bytes([5, 5, 0, 1, 0, 0, 0, 0, 0, 0]))
        return
    client.sendall(b"\x05\x00\x00\x03\x04here\x00\x01")  # by name: rare, and allowed
    relay(client, there)


def _knows(proxy: ProxyServer, client: socket.socket) -> bool:
    assert exactly(client, 1) == b"\x01"
    user = exactly(client, exactly(client, 1)[0]).decode()
    password = exactly(client, exactly(client, 1)[0]).decode()
    knows = (user, password) == (proxy.user, proxy.password)
    client.sendall(b"\x01\x00" if knows else b"\x01\x01")
    return knows


def http(proxy: ProxyServer, client: socket.socket) -> None:
    """Tunnel for CONNECT; pass on a request with a whole address, one a connection."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += exactly(client, 1)
    proxy.heads.append(head)
    line, *fields = head.decode("latin-1").split("\r\n")
    pair = base64.b64encode(f"{proxy.user}:{proxy.password}".encode()).decode()
    if proxy.user and f"Proxy-Authorization: Basic {pair}" not in fields:
        client.sendall(b"HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
        return
    method, target, _ = line.split(" ")
    where = target if method == "CONNECT" else target.removeprefix("http://").partition("/")[0]
    host, _, port = where.rpartition(":")
    try:
        there = proxy.dial(host.strip("[]"), int(port)) if host else proxy.dial(where, 80)
    except OSError:
        client.sendall(b"HTTP/1.1 502 Cannot\r\nContent-Length: 0\r\n\r\n")
        return
    if method == "CONNECT":
        client.sendall(b"HTTP/1.1 200 Go on\r\nX-Proxy: yes\r\n\r\n")
    else:
        path = "/" + target.removeprefix("http://").partition("/")[2]
        kept = [it for it in fields if it and not it.lower().startswith(("proxy-", "connection:"))]
        there.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]).encode())
    relay(client, there)


def hanging(proxy: ProxyServer, client: socket.socket) -> None:
    """Take the connection and say nothing."""
    while client.recv(1024):
        pass


def closing(proxy: ProxyServer, client: socket.socket) -> None:
    """Take the first bytes and go."""
    client.recv(4096)


def babbling(proxy: ProxyServer, client: socket.socket) -> None:
    """Speak something else."""
    client.sendall(b"220 mail.example ESMTP\r\n\r\n")
    hanging(proxy, client)


def endless(proxy: ProxyServer, client: socket.socket) -> None:
    """Answer a CONNECT with headers that never end."""
    client.sendall(b"HTTP/1.1 200 Yes\r\n")
    while True:
        client.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")


def relay(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until either side ends, in one thread: TLS may not be read and written in two."""
    beyond = {one: other, other: one}
    with other, suppress(OSError):
        while True:
            decrypted = [end for end in beyond if isinstance(end, ssl.SSLSocket) and end.pending()]
            for end in decrypted or select.select(list(beyond), [], [], 20)[0]:
                chunk = end.recv(65536)
                if not chunk:
                    return
                beyond[end].sendall(chunk)
