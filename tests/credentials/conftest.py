"""What the handshake tests stand on: one machine, a scripted partner, our portal."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

import pytest
from django.test.utils import override_settings

from ocpi.ids import PartyId
from parties import services as parties
from parties.models import Party
from tests.credentials.support import Handler, Partner, Portal


@pytest.fixture
def partner() -> Iterator[Partner]:
    partner = Partner()
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("PartnerHandler", (Handler,), {"partner": partner})
    )
    partner.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield partner
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _one_machine() -> Iterator[None]:
    with override_settings(
        ALLOW_PRIVATE_ADDRESSES=True, WAKE_WORKERS=False, BASE_URL="http://portal.example"
    ):
        yield


@pytest.fixture
def ours(db: None) -> list[Party]:
    """The party hosted here: NL*ABC as CPO and EMSP."""
    return parties.host_party(PartyId("NL", "ABC"), ["CPO", "EMSP"], name="Our Company")


@pytest.fixture
def portal() -> Portal:
    return Portal()
