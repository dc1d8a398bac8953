"""A small threaded HTTP/1.1 server for what the embedded stack serves itself: it keeps connections, and stops with none left open."""

import socket
import socketserver
import struct
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any


class HttpServer:
    """Serves requests with a handler in the background.

    Args:
        host: to listen on.
        port: to listen on; 0 takes a free one.
        handler: the class that answers; its attribute ``owner`` is set.
        owner: what the handler's answers come from.
    """

    def __init__(self, host: str, port: int, handler: type[BaseHTTPRequestHandler], owner: object) -> None:
        bound = type(handler.__name__, (handler,), {"owner": owner})
        self._server = _Server((host, port), bound)
        self._host = host
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """``http://<host>:<port>``, without a slash at the end."""
        return f"http://{self._host}:{self.port}"

    def start(self) -> None:
        """Serves from now on."""
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops serving and ends every connection; a second call does nothing."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    @staticmethod
    def reset(connection: socket.socket) -> None:
        """Ends a connection with a reset instead of an orderly close."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads_left = threading.Condition(self._lock)
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        # A clean close here would turn a reset into an ordinary end.
        linger = struct.unpack("ii", request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))
        if linger == (1, 0):
            self.close_request(request)
        else:
            super().shutdown_request(request)
        with self._threads_left:
            self._connections.discard(request)
            self._threads_left.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A caller that went away is the caller's business.
        del request, client_address

    def server_close(self) -> None:
        super().server_close()
        with self._threads_left:
            for connection in self._connections:
                # The thread that reads from it sees the end; one that computes still finishes its answer.
                try:
                    connection.shutdown(socket.SHUT_RD)
                except OSError:
                    continue
            self._threads_left.wait_for(lambda: not self._connections, timeout=5.0)
