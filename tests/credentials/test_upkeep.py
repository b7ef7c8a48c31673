"""What connections need by themselves, parties that wait, and the end of everything at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from credentials import attention, services, tasks
from credentials.choices import HandshakeState
from credentials.models import Handshake
from exchange import announce, deliveries, pulls
from exchange.deliveries import settling
from exchange.models import Delivery, Job
from locations import services as locations
from locations.models import Location
from ocpi.ids import PartyId
from parties import services as parties
from parties.models import Connection, ConnectionParty, Event, Party
from tests import builders
from tests.credentials.support import Asked, Partner, Portal, bad, good, role

pytestmark = pytest.mark.usefixtures("ours")


@pytest.fixture
def connection(partner: Partner) -> Connection:
    handshake = services.run(
        services.prepare_registration("Partner", versions_url=partner.versions_url, token="t-a")
    )
    assert handshake.succeeded, handshake.diagnosis
    partner.asked.clear()
    return handshake.connection


def aged(connection: Connection, **span: int) -> None:
    """As if the last renewal had been so long ago."""
    Connection.objects.update(token_rotated_at=timezone.now() - timedelta(**span))


def owner() -> Party:
    return Party.objects.get(role="CPO", is_ours=True)


def test_tokens_are_renewed_monthly(partner: Partner, connection: Connection) -> None:
    """C-028."""
    aged(connection, days=26)
    assert services.due_renewals() == []
    aged(connection, days=31)
    due = services.due_renewals()
    assert [(h.connection, h.kind, h.actor) for h in due] == [(connection, "rotation", "schedule")]
    assert services.run(due[0]).succeeded
    assert services.due_renewals() == []


@pytest.mark.parametrize(("days", "is_due"), [(0, False), (7, True), (90, False)])
def test_staff_choose_how_often(connection: Connection, days: int, is_due: bool) -> None:
    aged(connection, days=31)
    Connection.objects.update(rotation_days=days)
    assert bool(services.due_renewals()) == is_due


def test_partners_of_one_day_are_not_renewed_at_one_moment(connection: Connection) -> None:
    for number in range(40):
        builders.connection(f"Partner {number}")
    Connection.objects.update(versions_url="https://partner.example/versions")
    aged(connection, days=28, hours=12)
    waiting = len(list(Connection.objects.all()))
    begun = set()
    while due := services.due_renewals():
        assert len(due) <= 5
        begun |= {h.connection_id for h in due}
        Handshake.objects.filter(pk__in=[h.pk for h in due]).update(
            state=HandshakeState.FAILED, finished_at=timezone.now()
        )
    assert 0 < len(begun) < waiting


def test_a_renewal_that_fails_keeps_the_tokens_waits_a_day_and_is_shown(
    partner: Partner, connection: Connection
) -> None:
    aged(connection, days=31)
    partner.scripts["PUT /2.2.1/credentials"] = lambda asked: bad(3000)
    before = parties.outbound_token(connection)
    services.run(services.due_renewals()[0])
    connection.refresh_from_db()
    assert parties.outbound_token(connection) == before
    assert services.due_renewals() == []
    concern = attention.of(connection)[0]
    assert (concern.key, concern.connection) == ("renewal", connection)
    assert "the tokens before stay" in concern.text
    Handshake.objects.update(finished_at=timezone.now() - timedelta(hours=25))
    partner.scripts.clear()
    services.run(services.due_renewals()[0])
    assert attention.of(connection) == []


def test_partners_are_looked_at_once_a_day(connection: Connection) -> None:
    assert services.due_discoveries() == []
    aged(connection, days=2)
    due = services.due_discoveries()
    assert [(h.connection, h.kind) for h in due] == [(connection, "discovery")]
    assert services.run(due[0]).succeeded
    assert services.due_discoveries() == []
    Handshake.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert len(services.due_discoveries()) == 1


def test_the_beat_hands_what_is_due_to_workers(
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: object,
) -> None:
    aged(connection, days=31)
    asked: list[list[int]] = []
    monkeypatch.setattr(
        "credentials.tasks.run_handshake.apply_async", lambda args, retry: asked.append(args)
    )
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        tasks.keep_up()
    assert asked == [[Handshake.objects.get(kind="rotation").pk]]


# --- Parties that wait -------------------------------------------------------------------------------


def test_an_added_party_waits_and_what_follows_is_told_and_fetched(
    partner: Partner, connection: Connection
) -> None:
    locations.put_location(owner(), builders.location(), source=None)
    Delivery.objects.all().delete()
    Job.objects.update(state="done")
    partner.roles = [role(), role("DE*NEW"), role(name="EMSP")]
    services.run(services.prepare_rotation(connection))
    waiting = {str(r.party): r for r in connection.connection_parties.all() if r.waits}
    assert sorted(waiting) == ["DE*NEW CPO", "DE*PAR EMSP"]
    assert "2 parties that it added wait" in attention.of(connection)[0].text

    services.approve(waiting["DE*NEW CPO"], actor="me")
    job = Job.objects.exclude(state="done").get()
    assert (job.kind, job.parameters["full"]) == ("pull", True)
    assert not Delivery.objects.exists()
    services.approve(waiting["DE*PAR EMSP"], actor="me")
    assert Delivery.objects.pending().count() == 1
    assert attention.of(connection) == []


def test_a_refused_party_does_not_come_back_as_a_question(
    partner: Partner, connection: Connection
) -> None:
    partner.roles = [role(), role("DE*NEW")]
    services.run(services.prepare_rotation(connection))
    row = connection.connection_parties.get(approved=False)
    services.refuse(row, actor="me")
    services.run(services.prepare_rotation(connection))
    row.refresh_from_db()
    assert (row.waits, row.approved) == (False, False)
    assert attention.of(connection) == []
    assert [str(p) for p in parties.spoken_parties(connection)] == ["DE*PAR CPO"]
    services.approve(row, actor="me")
    assert parties.spoken_parties(connection).count() == 2


def test_a_dropped_role_ends_at_once_with_an_event(
    partner: Partner, connection: Connection
) -> None:
    partner.roles = [role(), role(name="EMSP")]
    services.run(services.prepare_rotation(connection))
    services.approve(connection.connection_parties.get(approved=False), actor="me")
    partner.roles = [role(name="EMSP")]
    services.run(services.prepare_rotation(connection))
    assert [str(p) for p in parties.spoken_parties(connection)] == ["DE*PAR EMSP"]
    event = Event.objects.get(name="connection.party_dropped")
    assert event.message.startswith("DE*PAR CPO is no longer declared")


# --- Telling everything again ------------------------------------------------------------------------


def test_everything_is_announced_again_in_one_statement(
    connection: Connection, django_assert_num_queries: object
) -> None:
    for number in range(3):
        locations.put_location(owner(), builders.location(f"L{number}"), source=None)
    locations.put_location(owner(), builders.location("HIDDEN", publish=False), source=None)
    Delivery.objects.update(sent_version=10**9, known="confirmed", lease_token=None)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert announce.announce_all("locations", connection) == 3
    assert Delivery.objects.pending().filter(known="assumed", changed=["*"]).count() == 3


def test_only_what_was_never_told_is_announced_when_more_is_seen(connection: Connection) -> None:
    locations.put_location(owner(), builders.location("OLD"), source=None)
    Delivery.objects.update(sent_version=10**9)
    locations.put_location(owner(), builders.location("NEW"), source=None)
    new = Location.objects.get(location_id="NEW")
    Delivery.objects.filter(object_id=new.pk).delete()
    assert announce.announce_all("locations", connection, again=False) == 1
    assert [d.object_id for d in Delivery.objects.pending()] == [new.pk]


def test_a_request_under_way_in_the_old_version_does_not_count(connection: Connection) -> None:
    locations.put_location(owner(), builders.location(), source=None)
    claimed = deliveries.claim(connection)
    announce.announce_all("locations", connection)
    told = deliveries.Told(claimed[0].wanted_version, "confirmed")
    settling.finish(claimed[0], told)
    assert Delivery.objects.pending().count() == 1


def test_a_module_that_is_not_pushed_is_not_announced(connection: Connection) -> None:
    locations.put_location(owner(), builders.location(), source=None)
    connection.push_modules = []
    assert announce.announce_all("locations", connection) == 0


# --- The end -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_no_request_is_sent_after_the_end_not_even_of_what_was_claimed(
    partner: Partner, connection: Connection, portal: Portal
) -> None:
    """C-012."""
    for number in range(3):
        locations.put_location(owner(), builders.location(f"L{number}"), source=None)

    def ends_it(asked: Asked) -> tuple[int, object]:
        parties.disconnect(Connection.objects.get(), "The partner unregistered.")
        connections.close_all()
        return good(None)

    partner.scripts |= {f"PUT /2.2.1/locations/NL/ABC/L{n}": ends_it for n in range(3)}
    deliveries.drain(connection)
    assert [asked.method for asked in partner.asked] == ["PUT"]


@pytest.mark.django_db(transaction=True)
def test_a_pull_under_way_stops_at_the_next_page(partner: Partner, connection: Connection) -> None:
    """C-012."""
    Job.objects.all().delete()
    job = pulls.start_pull(connection, "locations", full=True)
    documents = [builders.location(f"L{n}", owner="DE*PAR") for n in range(2)]

    def ends_it(asked: Asked) -> tuple[int, object]:
        parties.disconnect(Connection.objects.get(), "Unregistered.")
        connections.close_all()
        return good(documents)

    partner.scripts["GET /2.2.1/locations"] = ends_it
    pulls.run(job)
    job.refresh_from_db()
    assert job.state == "failed"
    assert "is not connected" in job.message
    assert partner.calls() == ["GET /2.2.1/locations"]


def test_our_end_tells_the_partner_and_forgets_what_was_due(
    partner: Partner, connection: Connection
) -> None:
    """C-012."""
    locations.put_location(owner(), builders.location(), source=None)
    handshake = services.run(services.prepare_unregistration(connection))
    assert handshake.succeeded
    assert partner.calls() == ["DELETE /2.2.1/credentials"]
    assert not Delivery.objects.pending().exists()
    assert services.due_renewals() == services.due_discoveries() == []


def test_a_hosted_party_is_never_a_partners(connection: Connection) -> None:
    row = ConnectionParty.objects.create(
        connection=connection,
        party=parties.ensure_party(PartyId("NL", "ABC"), "CPO"),
        approved=False,
    )
    with pytest.raises(parties.PartyTaken):
        services.approve(row, actor=None)
