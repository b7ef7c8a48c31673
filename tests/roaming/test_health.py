"""The two addresses that monitoring asks."""

import pytest
from django.test import Client


def test_healthz_answers_without_a_database(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_readyz_is_ok_when_database_and_broker_are_there(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_staff_pages_and_ocpi_answers_have_policies_of_their_own(client: Client) -> None:
    staff = client.get("/admin/login/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in staff
    ocpi = client.get("/ocpi/nowhere").headers["Content-Security-Policy"]
    assert ocpi == "default-src 'none'; frame-ancestors 'none'"
