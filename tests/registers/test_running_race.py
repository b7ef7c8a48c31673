"""A hundred clients apply for one code at the same moment: one gets it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.client import ClientHandler

from registers.models import Application, CodeClaim
from tests.registers import running

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 100


@pytest.fixture(autouse=True)
def patient_pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """More clients than a web process serves at once wait for one of its connections until it is their turn."""
    pool = connection.settings_dict["OPTIONS"]["pool"]
    connection.close_pool()  # type: ignore[attr-defined]
    monkeypatch.setitem(pool, "timeout", 120)
    yield
    connection.close_pool()  # type: ignore[attr-defined]


def at_once(*codes: str, clients: int = CLIENTS) -> list[tuple[int, str]]:
    """The answers to applications that begin together, each from another address."""
    start = threading.Barrier(clients)
    # One handler, as in a web process; a hundred test clients would each hear of what all render.
    handle = ClientHandler(enforce_csrf_checks=False)
    handle.load_middleware()

    def apply(number: int) -> tuple[int, str]:
        form = {**running.FORM, "party_id": codes[number % len(codes)]}
        request = RequestFactory(REMOTE_ADDR=f"192.0.2.{number}").post("/register/apply/", form)
        start.wait(timeout=60)
        try:
            answer: Any = handle(request.environ)
            return answer.status_code, answer.content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(clients) as pool:
        return list(pool.map(apply, range(clients)))


def test_of_a_hundred_applications_for_one_code_one_gets_it() -> None:
    running.run()
    answers = at_once("ABC")
    assert Counter(status for status, _ in answers) == {302: 1, 409: CLIENTS - 1}
    assert all("GB*ABC is taken. Free are GB*" in page for status, page in answers if status == 409)
    assert Application.objects.count() == 1
    assert CodeClaim.objects.count() == 2


def test_of_codes_that_look_alike_one_is_taken() -> None:
    running.run()
    answers = at_once("AB0", "ABO", "A80", "A8O", clients=20)
    assert Counter(status for status, _ in answers) == {302: 1, 409: 19}
