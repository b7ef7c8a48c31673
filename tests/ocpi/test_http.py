from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ocpi.http import FailureKind, HTTPClient, HTTPFailure, Policy

LOCAL = Policy(allow_private_addresses=True, connect_timeout=1.0, total_deadline=0.5)
PATIENT = Policy(allow_private_addresses=True, total_deadline=10.0)


def get(client: HTTPClient, url: str, method: str = "GET", body: bytes | None = None) -> Any:
    return client.send(method, url, {}, body)


def failure_of(client: HTTPClient, url: str, method: str = "GET") -> HTTPFailure:
    with pytest.raises(HTTPFailure) as caught:
        get(client, url, method, b"{}" if method in ("PUT", "POST", "PATCH") else None)
    return caught.value


def serve_forever(visit: Any) -> None:
    while visit.read_request():
        visit.answer(b'{"ok":1}', headers="X-Total-Count: 7\r\n")


def test_an_answer_comes_with_status_headers_in_any_case_and_body(start_server: Any) -> None:
    server = start_server(serve_forever)
    response = HTTPClient(PATIENT).send("PUT", server.url + "/a%2Fb", {"X-One": "1"}, b'{"a":1}')
    assert response.status == 200
    assert response.headers["x-total-count"] == "7"
    assert response.body == b'{"ok":1}'
    request = server.requests[0]
    assert request.startswith(b"PUT /a%2Fb HTTP/1.1\r\n")
    assert b"X-One: 1" in request
    assert request.endswith(b'\r\n\r\n{"a":1}')


def test_connections_are_kept_open_and_reused(start_server: Any) -> None:
    server = start_server(serve_forever)
    client = HTTPClient(PATIENT)
    for _ in range(50):
        assert get(client, server.url).status == 200
    assert server.connections == 1


def test_threads_share_a_client(start_server: Any) -> None:
    server = start_server(serve_forever)
    client = HTTPClient(PATIENT)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: get(client, server.url).status, range(200)))
    assert statuses == [200] * 200
    assert server.connections <= 8


def drip_headers(visit: Any) -> None:
    visit.read_request()
    visit.send(b"HTTP/1.1 200 OK\r\n")
    number = 0
    while not visit.pause(0.05):
        number += 1
        visit.send(f"X-{number}: 1\r\n".encode())


def drip_one_header_line(visit: Any) -> None:
    visit.read_request()
    visit.send(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while not visit.pause(0.05):
        visit.send(b"x")


def drip_body(visit: Any) -> None:
    visit.read_request()
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not visit.pause(0.05):
        visit.send(b" ")


def drip_chunks(visit: Any) -> None:
    visit.read_request()
    visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not visit.pause(0.05):
        visit.send(b"1\r\n \r\n")


def drip_interim_answers(visit: Any) -> None:
    visit.read_request()
    while not visit.pause(0.05):
        visit.send(b"HTTP/1.1 100 Continue\r\n\r\n")


def say_nothing(visit: Any) -> None:
    visit.read_request()
    visit.pause(30)


@pytest.mark.parametrize(
    "script",
    [
        drip_headers,
        drip_one_header_line,
        drip_body,
        drip_chunks,
        drip_interim_answers,
        say_nothing,
    ],
)
def test_the_deadline_holds_for_the_whole_exchange(start_server: Any, script: Any) -> None:
    server = start_server(script)
    started = time.monotonic()
    failure = failure_of(HTTPClient(LOCAL), server.url)
    assert failure.kind is FailureKind.TIMEOUT
    assert not failure.kind.is_clean
    assert time.monotonic() - started < 1.5


def test_a_partner_that_reads_nothing_cannot_hold_us(start_server: Any) -> None:
    server = start_server(lambda visit: visit.pause(30))
    started = time.monotonic()
    with pytest.raises(HTTPFailure) as caught:
        HTTPClient(LOCAL).send("PUT", server.url, {}, b"x" * 30_000_000)
    assert caught.value.kind is FailureKind.TIMEOUT
    assert time.monotonic() - started < 1.5


BOMB = gzip.compress(bytes(100_000_000), compresslevel=9)


def bomb(headers: str, status: str = "200 OK") -> Callable[[Any], None]:
    def script(visit: Any) -> None:
        visit.read_request()
        visit.answer(BOMB, status, f"Content-Encoding: gzip\r\n{headers}")

    return script


def chunked_bomb(visit: Any) -> None:
    visit.read_request()
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
    visit.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(BOMB), BOMB))


@pytest.mark.parametrize("script", [bomb(""), chunked_bomb], ids=["length", "chunked"])
def test_a_gzip_bomb_is_cut_at_the_cap(start_server: Any, script: Any) -> None:
    server = start_server(script)
    policy = Policy(allow_private_addresses=True, total_deadline=30.0, max_bytes=2_000_000)
    tracemalloc.start()
    failure = failure_of(HTTPClient(policy), server.url)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert failure.kind is FailureKind.TOO_LARGE
    assert peak < 20_000_000


def test_the_body_of_a_redirect_is_capped_too(start_server: Any) -> None:
    server = start_server(bomb("Location: /elsewhere\r\n", "302 Found"))
    policy = Policy(allow_private_addresses=True, total_deadline=30.0, max_bytes=2_000_000)
    assert failure_of(HTTPClient(policy), server.url).kind is FailureKind.TOO_LARGE


def test_an_endless_body_is_cut_at_the_cap(start_server: Any) -> None:
    def endless(visit: Any) -> None:
        visit.read_request()
        visit.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while not visit.server.over.is_set():
            visit.send(b" " * 65536)

    policy = Policy(allow_private_addresses=True, total_deadline=30.0, max_bytes=1_000_000)
    assert failure_of(HTTPClient(policy), start_server(endless).url).kind is FailureKind.TOO_LARGE


def test_a_body_of_exactly_the_cap_passes(start_server: Any) -> None:
    def script(visit: Any) -> None:
        visit.read_request()
        visit.answer(b"x" * 1000)

    policy = Policy(allow_private_addresses=True, max_bytes=1000)
    assert len(get(HTTPClient(policy), start_server(script).url).body) == 1000


def test_gzip_is_understood(start_server: Any) -> None:
    def script(visit: Any) -> None:
        visit.read_request()
        visit.answer(gzip.compress(b'{"a":1}'), headers="Content-Encoding: gzip\r\n")

    assert get(HTTPClient(PATIENT), start_server(script).url).body == b'{"a":1}'


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_returned_not_followed(start_server: Any, status: int) -> None:
    target = start_server(serve_forever)

    def script(visit: Any) -> None:
        visit.read_request()
        visit.answer(b"", f"{status} Moved", f"Location: {target.url}/\r\n")

    assert get(HTTPClient(PATIENT), start_server(script).url).status == status
    assert target.connections == 0


def test_cookies_are_not_kept(start_server: Any) -> None:
    def script(visit: Any) -> None:
        while visit.read_request():
            visit.answer(b"{}", headers="Set-Cookie: a=b\r\n")

    server = start_server(script)
    client = HTTPClient(PATIENT)
    get(client, server.url)
    get(client, server.url)
    assert b"cookie" not in server.requests[1].lower()


def close_at_once(visit: Any) -> None:
    visit.read_request()


def half_answer(visit: Any) -> None:
    visit.read_request()
    visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


def garbage(visit: Any) -> None:
    visit.read_request()
    visit.send(b"\x00\xff not http at all \r\n\r\n")


def bad_gzip(visit: Any) -> None:
    visit.read_request()
    visit.answer(b"not gzip", headers="Content-Encoding: gzip\r\n")


def bad_chunks(visit: Any) -> None:
    visit.read_request()
    visit.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")


def too_many_headers(visit: Any) -> None:
    visit.read_request()
    visit.send(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n")


@pytest.mark.parametrize(
    "script", [close_at_once, half_answer, garbage, bad_gzip, bad_chunks, too_many_headers]
)
def test_broken_answers_are_resets(start_server: Any, script: Any) -> None:
    failure = failure_of(HTTPClient(PATIENT), start_server(script).url)
    assert failure.kind is FailureKind.RESET
    assert failure.message.endswith(".")


def one_answer_then_drop_the_next(visit: Any) -> None:
    visit.read_request()
    visit.answer(b"{}")
    visit.read_request()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_dropped_kept_connection_is_replaced_once(start_server: Any, method: str) -> None:
    server = start_server(one_answer_then_drop_the_next, serve_forever)
    client = HTTPClient(PATIENT)
    get(client, server.url)
    assert get(client, server.url, method, b"{}" if method == "PUT" else None).status == 200
    assert server.connections == 2


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_what_must_not_happen_twice_is_not_repeated(start_server: Any, method: str) -> None:
    server = start_server(one_answer_then_drop_the_next, serve_forever)
    client = HTTPClient(PATIENT)
    get(client, server.url)
    assert failure_of(client, server.url, method).kind is FailureKind.RESET
    assert server.connections == 1


def test_a_new_connection_that_drops_is_not_repeated(start_server: Any) -> None:
    server = start_server(close_at_once, serve_forever)
    assert failure_of(HTTPClient(PATIENT), server.url).kind is FailureKind.RESET
    assert server.connections == 1


def test_an_answer_that_began_is_not_asked_for_again(start_server: Any) -> None:
    def script(visit: Any) -> None:
        visit.read_request()
        visit.answer(b"{}")
        visit.read_request()
        visit.send(b"HTTP/1.1 20")

    server = start_server(script, serve_forever)
    client = HTTPClient(PATIENT)
    get(client, server.url)
    assert failure_of(client, server.url).kind is FailureKind.RESET
    assert server.connections == 1


def test_nobody_listening_is_a_clean_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    failure = failure_of(HTTPClient(LOCAL), f"http://127.0.0.1:{port}/")
    assert failure.kind is FailureKind.CONNECT
    assert failure.kind.is_clean


def answer_names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """DNS is the border we do not own: `answers` are its answers, one per question."""
    asked: list[str] = []
    left = list(answers)

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [
            (socket.AF_INET6 if ":" in text else socket.AF_INET, 1, 6, "", (text, port))
            for text in left.pop(0)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["93.184.216.34", "10.0.0.1"], ["::1"]])
def test_names_that_lead_inside_are_refused(
    monkeypatch: pytest.MonkeyPatch, answer: list[str]
) -> None:
    answer_names(monkeypatch, answer)
    failure = failure_of(HTTPClient(Policy()), "https://partner.example/")
    assert failure.kind is FailureKind.REFUSED_ADDRESS
    assert failure.kind.is_clean


def test_a_name_is_resolved_once_per_connection(
    start_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_server(serve_forever)
    asked = answer_names(monkeypatch, ["127.0.0.1"])
    client = HTTPClient(PATIENT)
    for _ in range(3):
        assert get(client, f"http://partner.example:{server.port}/").status == 200
    assert asked == ["partner.example"]
    assert f"Host: partner.example:{server.port}".encode() in server.requests[0]


def test_a_name_that_does_not_resolve_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def never(*_: Any, **__: Any) -> list[Any]:
        over.wait(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    policy = Policy(connect_timeout=0.1)
    failure = failure_of(HTTPClient(policy), "https://partner.example/")
    over.set()
    assert failure.kind is FailureKind.DNS


def test_a_name_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    failure = failure_of(HTTPClient(Policy()), "https://no.example/")
    assert failure.kind is FailureKind.DNS
    assert failure.message == "The name no.example cannot be found; check the address."


@pytest.mark.parametrize(
    "url",
    [
        "http://partner.example/",
        "https://partner.example@evil.example/",
        "https://evil.example/",
        "https://partner.example.evil.example/",
        "https://partner.example:22/",
        "https://partner.example./",
        "https://partner.example\\@evil.example/",
        "https://p\u0430rtner.example/",
        "//partner.example/",
        "file:///etc/passwd",
        "https:///locations",
        "",
    ],
)
def test_addresses_off_the_list_are_refused_without_asking_dns(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    asked = answer_names(monkeypatch)
    client = HTTPClient(Policy(), allowed_hosts={"partner.example"})
    assert failure_of(client, url).kind is FailureKind.REFUSED_ADDRESS
    assert asked == []


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\x00b", "a\nb"])
def test_headers_cannot_be_injected(start_server: Any, value: str) -> None:
    server = start_server(serve_forever)
    with pytest.raises(HTTPFailure) as caught:
        HTTPClient(PATIENT).send("GET", server.url, {"X-One": value}, None)
    assert caught.value.kind.is_clean
    assert server.requests == []


def test_proxies_of_the_environment_are_not_used(
    start_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, proxy = start_server(serve_forever), start_server(serve_forever)
    monkeypatch.setenv("http_proxy", proxy.url)
    monkeypatch.setenv("ALL_PROXY", proxy.url)
    assert get(HTTPClient(PATIENT), server.url).status == 200
    assert proxy.connections == 0


def test_tls_to_something_that_does_not_speak_it_is_clean(start_server: Any) -> None:
    server = start_server(lambda visit: visit.send(b"HTTP/1.1 400 Bad\r\n\r\n"))
    failure = failure_of(HTTPClient(PATIENT), f"https://127.0.0.1:{server.port}/")
    assert failure.kind is FailureKind.TLS


def test_a_silent_tls_partner_meets_the_deadline(start_server: Any) -> None:
    server = start_server(lambda visit: visit.pause(30))
    started = time.monotonic()
    failure = failure_of(HTTPClient(LOCAL), f"https://127.0.0.1:{server.port}/")
    assert failure.kind is FailureKind.TLS
    assert time.monotonic() - started < 1.5
