"""The HTTP server: threads, keep-alive, one write per answer."""

import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from simulator.messages import BodyRefusedError, Manner, Request, Response

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 20_000_000
IDLE_SECONDS = 120
BUFFER_BYTES = 65_536
DRIP_STEPS = 200

Application = Callable[[Request], Response]


class Server(ThreadingHTTPServer):
    """Serves `application` on one address until `stop`; every connection has its own thread."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, host: str, port: int, application: Application) -> None:
        self.application = application
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__((host, port), Handler)

    def start(self) -> None:
        """Serve in a background thread."""
        threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.1}, name="http", daemon=True
        ).start()

    def stop(self) -> None:
        """Stop accepting and cut the connections that are open."""
        self.stopping.set()
        self.shutdown()
        self.server_close()
        with self._open_lock:
            connections = list(self._open)
        for connection in connections:
            _cut(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that `stop` can end it."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection and close it."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log what a handler could not deal with; the connection is closed."""
        logger.exception("A request from %s failed", client_address)


class Handler(BaseHTTPRequestHandler):
    """Turns bytes into a `Request` and a `Response` into bytes."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "simulator"
    sys_version = ""
    # Without these two, every small answer waits for the other side's delayed acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = BUFFER_BYTES
    timeout = IDLE_SECONDS

    def handle(self) -> None:
        """Serve the connection until one of the two sides ends it."""
        try:
            super().handle()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def serve(self) -> None:
        """Answer one request."""
        self._body: bytes | None = None
        try:
            response = self.server.application(self._request())
        except (ConnectionError, TimeoutError):
            raise
        except Exception:
            logger.exception("%s %s failed", self.command, self.path)
            response = Response(status=HTTPStatus.INTERNAL_SERVER_ERROR, content_type="text/plain")
        if self._body is None and self._announced_length() != 0:
            self.close_connection = True
        self._send(response)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Send the access log to the logger instead of to standard error."""
        logger.debug(format, *args)

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        return Request(
            method=self.command,
            path=parts.path,
            segments=tuple(unquote(segment) for segment in parts.path.split("/") if segment),
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers=self.headers,  # type: ignore[arg-type]  # a mapping that ignores case
            read_body=self._read_body,
        )

    def _announced_length(self) -> int:
        """Bytes of the body; -1 when the length is not known."""
        if "Transfer-Encoding" in self.headers:
            return -1
        text = self.headers.get("Content-Length", "0")
        return int(text) if text.isascii() and text.isdigit() else -1

    def _read_body(self) -> bytes:
        if self._body is None:
            length = self._announced_length()
            if length < 0:
                raise BodyRefusedError(HTTPStatus.LENGTH_REQUIRED, "Content-Length is missing.")
            if length > MAX_BODY_BYTES:
                raise BodyRefusedError(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"The body is larger than {MAX_BODY_BYTES} bytes.",
                )
            self._body = self.rfile.read(length)
            if len(self._body) < length:
                raise ConnectionResetError("the body ended early")
        return self._body

    def _send(self, response: Response) -> None:
        if response.manner is Manner.RESET:
            self._reset()
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        if isinstance(response.body, bytes):
            self._send_whole(response.body, response)
        else:
            self._send_chunks(response.body)

    def _send_whole(self, body: bytes, response: Response) -> None:
        self.send_header("Content-Length", str(len(body)))
        if response.manner is Manner.DRIP:
            self._drip(body, response.drip_seconds)
            return
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_chunks(self, chunks: Iterator[bytes]) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in chunks:
            if chunk:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        self.wfile.write(b"0\r\n\r\n")

    def _drip(self, body: bytes, seconds: float) -> None:
        """Send headers and body a few bytes at a time, spread over `seconds`."""
        head: list[bytes] = self._headers_buffer  # type: ignore[attr-defined]
        message = b"".join(head) + b"\r\n" + body
        head.clear()
        size = max(1, len(message) // DRIP_STEPS)
        for start in range(0, len(message), size):
            self.wfile.write(message[start : start + size])
            self.wfile.flush()
            if self.server.stopping.wait(seconds * size / len(message)):
                raise ConnectionResetError("the server stops")

    def _reset(self) -> None:
        """End the connection with a TCP reset instead of an answer."""
        linger_not_at_all = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not_at_all)
        self.wfile.close()
        self.rfile.close()
        self.connection.close()
        raise ConnectionResetError("reset on purpose")


def _cut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # The other side was quicker, or the handler has closed it already.
        return
