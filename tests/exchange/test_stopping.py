"""A worker that is told to end: what it has claimed and not begun is free for the next one at once."""

import pytest

from exchange import deliveries
from exchange.models import Delivery
from tests import builders

pytestmark = pytest.mark.django_db


def test_a_stopping_worker_gives_its_claims_back() -> None:
    owner = builders.party(ours=True)
    connection = builders.connection(speaks_for=(builders.party("NL*EMP", "EMSP"),))
    for number in range(3):
        Delivery.objects.create(
            connection=connection,
            module="locations",
            object_id=number,
            object_reference=f"{owner.identity}/LOC{number}",
            wanted_version=1,
        )
    drained = deliveries.drain(connection, stopping=lambda: True)
    assert (drained.sent, drained.stop) == (0, False)
    assert list(Delivery.objects.values_list("lease_until", "attempts")) == [(None, 0)] * 3
    assert Delivery.objects.due().count() == 3
