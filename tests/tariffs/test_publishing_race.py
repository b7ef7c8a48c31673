"""Two people publish at the same moment: one is first, and the other is told."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection as database

from tariffs import services
from tariffs.models import TariffDraft, TariffVersion
from tests import builders
from tests.tariffs.support import held, hold

pytestmark = pytest.mark.django_db(transaction=True)


def document(price: float) -> dict[str, Any]:
    made = builders.tariff(elements=[builders.priced(ENERGY=price)])
    del made["last_updated"]
    return made


@pytest.mark.parametrize("is_new", [True, False])
def test_of_two_drafts_at_the_same_moment_one_is_published(is_new: bool) -> None:
    owner = builders.party("NL*ABC", ours=True)
    if not is_new:
        hold(builders.tariff())
    replaces = None if is_new else held(owner)
    drafts = [
        services.start_draft(owner, document(price), replaces=replaces) for price in (0.5, 0.6)
    ]
    together, outcomes = threading.Barrier(len(drafts)), []

    def publish(draft: TariffDraft) -> None:
        together.wait()
        try:
            services.publish(draft)
            outcomes.append("published")
        except services.DraftRefused:
            outcomes.append("refused")
        finally:
            database.close()

    running = [threading.Thread(target=publish, args=[draft]) for draft in drafts]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()

    assert sorted(outcomes) == ["published", "refused"]
    assert sorted(TariffDraft.objects.values_list("state", flat=True)) == ["draft", "published"]
    assert TariffVersion.objects.count() == (0 if is_new else 1)
