"""What a partner's answers and requests give away, and what staff are suggested for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from exchange import deliveries, egress
from exchange.models import Delivery, DismissedSuggestion, WarningCount
from exchange.quality import deviations, suggestions
from exchange.quality.observing import SENTENCES
from locations import services
from locations.models import Location
from ocpi import dialects
from ocpi.dialect import TO_THE_LETTER
from ocpi.errors import Problem
from parties.models import Connection, Event
from tests import builders
from tests.exchange.conftest import Reply, System

pytestmark = pytest.mark.django_db


def seen(connection: Connection, code: str, module: str = "transport", times: int = 1) -> None:
    problem = Problem(code, "", SENTENCES.get(code, ""), "value")
    deviations.count_warnings(connection, module, [("exchange:1", problem)] * times)


def suggested(connection: Connection) -> dict[str, Any]:
    return {found.field: found.value for found in suggestions.of(connection)}


def counted(connection: Connection) -> dict[str, str]:
    rows = WarningCount.objects.filter(connection=connection)
    return dict(rows.values_list("code", "example_value"))


def ask(connection: Connection, method: str = "GET", **options: Any) -> None:
    with egress.client(connection) as client:
        url = f"{connection.endpoints[0]['url']}"
        client.request(method, url, module="locations", **options)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_that_only_adds_a_slash(system: System, theirs: Connection, status: int) -> None:
    system.handler = lambda s: Reply(status=status, headers={"Location": s.path + "/"})
    ask(theirs)
    assert suggested(theirs) == {"trailing_slash": True}
    suggestions.apply(theirs, "trailing_slash", actor="tester")
    ask(theirs, params={"limit": "1"})

    assert system.requests[-1].path.endswith("/locations/")
    assert system.requests[-1].query == {"limit": "1"}
    assert suggested(theirs) == {}


def test_a_redirect_elsewhere_suggests_nothing(system: System, theirs: Connection) -> None:
    system.replies(Reply(status=308, headers={"Location": "/elsewhere/"}))
    ask(theirs)
    assert counted(theirs) == {}


def test_a_partner_without_patch_gets_whole_objects(system: System, taker: Connection) -> None:
    owner = builders.party("NL*ABC", ours=True)
    services.put_location(owner, builders.location(), source=None)
    deliver(taker)
    system.handler = lambda s: Reply(status=405 if s.method == "PATCH" else 200)
    change_status("CHARGING")
    deliver(taker)

    # The answer to PATCH is not the end of it: the whole object goes out at once.
    assert [r.method for r in system.requests] == ["PUT", "PATCH", "PUT"]
    assert Delivery.objects.get().last_result == "delivered"
    taker.refresh_from_db()
    assert taker.push_modules == ["locations"]
    assert suggested(taker) == {"whole_objects": True}

    suggestions.apply(taker, "whole_objects")
    change_status("AVAILABLE")
    deliver(taker)
    assert [r.method for r in system.requests][3:] == ["PUT"]


def test_a_partner_that_takes_neither_patch_nor_put_does_not_take_the_module(
    system: System, taker: Connection
) -> None:
    owner = builders.party("NL*ABC", ours=True)
    services.put_location(owner, builders.location(), source=None)
    system.replies(Reply(status=405))
    deliver(taker)
    taker.refresh_from_db()
    assert taker.push_modules == []


def change_status(status: str) -> None:
    evse = Location.objects.get().evses.select_related("location__owner").get()
    services.set_status(evse, status)


def deliver(connection: Connection) -> None:
    connection.refresh_from_db()
    deliveries.drain(connection)


def test_refused_routing_headers(system: System, taker: Connection) -> None:
    system.replies(Reply(code=2001, body=refusal("Unknown header OCPI-to-party-id")))
    with egress.client(taker) as client:
        routing = egress.routing(taker, builders.party("NL*ABC", ours=True).identity, frozenset())
        client.request("GET", taker.endpoints[0]["url"], module="locations", routing=routing)
    assert suggested(taker) == {"routing_headers": False}
    suggestions.apply(taker, "routing_headers")
    with egress.client(taker) as client:
        client.request("GET", taker.endpoints[0]["url"], module="locations", routing=routing)

    assert "ocpi-to-party-id" in system.requests[0].headers
    assert not [name for name in system.requests[1].headers if name.startswith("ocpi-")]


def refusal(message: str) -> bytes:
    return (
        f'{{"status_code": 2001, "status_message": "{message}", "timestamp": "{builders.LATER}"}}'
    ).encode()


def test_fractions_that_are_refused_are_cut_off_once_staff_say_so(
    system: System, taker: Connection
) -> None:
    system.replies(Reply(body=refusal("last_updated: invalid date")))
    ask(taker, "PUT", data={"last_updated": "2026-01-01T10:00:00.123Z"})
    ask(taker, "PUT", data={"last_updated": "2026-01-01T10:00:00Z"})
    assert WarningCount.objects.get().count == 1
    assert suggested(taker) == {"whole_seconds": True}
    suggestions.apply(taker, "whole_seconds")
    ask(taker, "PUT", data=b'{"last_updated":"2026-01-01T10:00:00.123Z","name":"at 10:00.5"}')

    assert system.requests[-1].document == {
        "last_updated": "2026-01-01T10:00:00Z",
        "name": "at 10:00.5",
    }


def test_answers_have_whole_seconds_as_well() -> None:
    partner = builders.partner(speaks_for=(builders.party("NL*ABC"),))
    location = builders.location(last_updated="2026-01-01T10:00:00.500Z")
    partner.put("receiver/locations/NL/ABC/LOC1", location)
    before = partner.get("receiver/locations/NL/ABC/LOC1").data["last_updated"]
    suggestions.set_dialect(partner.connection, TO_THE_LETTER.but(whole_seconds=True))
    after = partner.get("receiver/locations/NL/ABC/LOC1").data["last_updated"]

    assert (before, after) == ("2026-01-01T10:00:00.500Z", "2026-01-01T10:00:00Z")


def test_a_refused_date_filter(system: System, theirs: Connection) -> None:
    system.replies(Reply(body=refusal("unknown parameter")))
    ask(theirs, params={"date_from": builders.EARLIER})
    assert suggested(theirs) == {"date_filters": False}


def test_403_in_the_middle_of_a_list_only(system: System, theirs: Connection) -> None:
    with egress.client(theirs) as client:
        url = theirs.endpoints[0]["url"]
        system.replies(Reply(status=403))
        client.request("GET", url, module="locations", correlation_id="one")
        assert suggested(theirs) == {}
        system.replies(Reply(data=[]), Reply(status=403))
        client.request("GET", url, module="locations", correlation_id="two")
        client.request("GET", url, module="locations", correlation_id="two")
    assert suggested(theirs) == {"busy_403": True}


def test_a_token_in_the_other_spelling(theirs: Connection) -> None:
    seen(theirs, "token_spelling")
    assert suggested(theirs) == {"token_in": "either"}


def test_vat_that_looks_like_a_fraction(theirs: Connection) -> None:
    for value, expected in (("120", {}), ("0.21", {"vat_as_fraction": True})):
        problem = Problem("vat_implausible", "elements.0.price_components.0.vat", "", value)
        deviations.count_warnings(theirs, "tariffs", [("NL*ABC/T1", problem)])
        assert suggested(theirs) == expected


def test_evidence_is_told_with_counts_and_since_when(theirs: Connection) -> None:
    seen(theirs, "push_would_pass", "locations", times=2)
    seen(theirs, "push_would_pass", "tariffs", times=3)
    found = suggestions.find(theirs, "lenient_pushes")

    assert found.title == "Repair its pushes instead of refusing them? Yes."
    assert found.count == 5
    assert [(e.module, e.times) for e in found.evidence] == [("tariffs", 3), ("locations", 2)]
    assert found.since is not None


def test_not_now_holds_until_it_is_seen_again_a_day_later(theirs: Connection) -> None:
    seen(theirs, "slash_wanted")
    suggestions.dismiss(theirs, "trailing_slash", actor="tester")
    seen(theirs, "slash_wanted")
    assert suggested(theirs) == {}

    DismissedSuggestion.objects.update(dismissed_at=timezone.now() - timedelta(days=1, hours=1))
    seen(theirs, "slash_wanted")
    assert suggested(theirs) == {"trailing_slash": True}
    assert Event.objects.filter(name="connection.suggestion_dismissed", actor="tester").exists()


def test_what_is_not_suggested_cannot_be_applied(theirs: Connection) -> None:
    with pytest.raises(ValueError, match="not suggested any more"):
        suggestions.apply(theirs, "trailing_slash")


def test_a_change_of_dialect_says_who_and_what_and_tries_again_at_once(taker: Connection) -> None:
    owner = builders.party("NL*ABC", ours=True)
    services.put_location(owner, builders.location(), source=None)
    later = timezone.now() + timedelta(hours=1)
    Delivery.objects.update(attempts=3, next_attempt_at=later)
    Connection.objects.update(hold_until=later, deliveries_stopped="Refused: 401.")
    taker.refresh_from_db()

    changed = suggestions.set_dialect(
        taker, TO_THE_LETTER.but(trailing_slash=True, token_out="raw"), actor="tester"
    )

    taker.refresh_from_db()
    event = Event.objects.get(name="connection.dialect")
    assert len(changed) == 2
    assert event.actor == "tester"
    assert "End the addresses of our requests with a slash? yes, before: no" in event.message
    assert event.detail["after"] == {"token_out": "raw", "trailing_slash": True}
    assert taker.hold_until is None
    # The other spelling of the token is what a 401 was waiting for.
    assert taker.deliveries_stopped == ""
    assert Delivery.objects.due().exists()


def test_saving_what_was_there_is_no_event(taker: Connection) -> None:
    assert suggestions.set_dialect(taker, TO_THE_LETTER, actor="tester") == []
    assert not Event.objects.filter(name="connection.dialect").exists()


def test_every_rule_is_about_a_field_that_can_have_the_value() -> None:
    for rule in suggestions.RULES:
        assert TO_THE_LETTER.but(**{rule.field: rule.value})
        assert dialects.QUESTION[rule.field].differs(rule.value)
