"""What a test has done inside a portal, by its own services: one JSON line in, one JSON line out.

`python -m tests.portals.inside` runs beside a portal as `manage.py shell` would, so that a test need not
start one for every step.
"""

from __future__ import annotations

import io
import json
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ocpi.ids import PartyId


def host(party: str, roles: Sequence[str] = ("CPO", "EMSP")) -> None:
    """Host a party."""
    from parties import services

    services.host_party(PartyId.parse(party), list(roles))


def staff(username: str, password: str) -> None:
    """A login with every right."""
    from django.contrib.auth.models import User

    if not User.objects.filter(username=username).exists():
        User.objects.create_superuser(username, password=password)


def invite(name: str, party: str = "", kind: str = "partner") -> dict[str, str]:
    """Invite a partner that shall see one party of ours, or our own back office."""
    from credentials import services

    presents = services.presented([PartyId.parse(party)] if party else [])
    invitation = services.invite(name, presents=presents, kind=kind)
    return {"versions_url": invitation.versions_url, "token": invitation.token}


def connect(
    name: str, party: str, versions_url: str, token: str, version: str | None = None
) -> dict[str, str]:
    """Register with a partner."""
    from credentials import services

    presents = services.presented([PartyId.parse(party)])
    handshake = services.prepare_registration(
        name, versions_url=versions_url, token=token, presents=presents, version=version
    )
    return _run(handshake)


def change_version(name: str, version: str) -> dict[str, str]:
    """Speak another version from now on."""
    from credentials import services

    return _run(services.prepare_version_change(_connection(name), version))


def agree(ours: str, theirs: str) -> None:
    """An agreement between an eMSP of ours and a CPO, by which its tokens are shared."""
    from parties import services
    from parties.services import agreements

    emsp = services.ensure_party(PartyId.parse(ours), "EMSP")
    cpo = services.ensure_party(PartyId.parse(theirs), "CPO")
    agreements.save(emsp, cpo, agreements.Terms())


def said(module: str, party: str, version: str) -> dict[str, dict[str, Any]]:
    """The objects of a party as a version writes them, each with what that version loses, by reference."""
    from django.db import connection as database

    from exchange import registry

    export = registry.get(module).export
    assert export is not None
    with database.cursor() as cursor:
        cursor.execute(
            f"SELECT o.id FROM {export.table} o JOIN parties_party p ON p.id = o.owner_id"  # noqa: S608
            " WHERE p.country_code = %s AND p.party_id = %s ORDER BY o.id",
            list(PartyId.parse(party)),
        )
        ids = [row[0] for row in cursor.fetchall()]
    return {
        one.reference.rpartition("/")[2]: {
            "document": json.loads(one.said.json) if one.said else None,
            "losses": [loss[:3] for loss in one.said.losses] if one.said else [],
            "reason": one.reason,
        }
        for one in export.say(ids, version)
    }


def rotate(name: str) -> dict[str, str]:
    """New tokens in both directions."""
    from credentials import services

    return _run(services.prepare_rotation(_connection(name)))


def unregister(name: str) -> dict[str, str]:
    """End a connection."""
    from credentials import services

    return _run(services.prepare_unregistration(_connection(name)))


def _run(handshake: Any) -> dict[str, str]:
    from credentials import services

    services.run(handshake)
    return {"state": handshake.state, "diagnosis": handshake.diagnosis}


def _connection(name: str) -> Any:
    from parties.models import Connection

    return Connection.objects.get(name=name)


def outbound_token(name: str) -> str:
    """The token we present to a partner."""
    from parties import services

    return services.outbound_token(_connection(name))


def back_office(name: str, party: str) -> str:
    """Connect the back office of a CPO hosted here; its token."""
    from parties import services
    from parties.models import Connection, ConnectionParty

    connection = services.create_connection(name, kind="back_office")
    speaker = services.ensure_party(PartyId.parse(party), "CPO")
    ConnectionParty.objects.create(connection=connection, party=speaker)
    Connection.objects.filter(pk=connection.pk).update(state="connected", version="2.2.1")
    return services.issue_token(connection, "access")[1]


def take_in(file: str, module: str = "locations", version: str = "2.2.1") -> dict[str, int]:
    """Import a file."""
    from exchange import imports

    with Path(file).open("rb") as stream:
        return imports.import_file(module, stream, version=version, label=file).as_dict()


def issue(ours: str, partner: str, role: str, invoice_id: str, cdrs: list[str]) -> str:
    """Issue an invoice, as CPO directly or as eMSP in reverse, for CDRs by their ids; the id of its record."""
    from cdrs.models import CDR
    from parties import services
    from settlement.reconciliation import services as invoices

    other = "EMSP" if role == "CPO" else "CPO"
    between = (
        services.ensure_party(PartyId.parse(ours), role),
        services.ensure_party(PartyId.parse(partner), other),
    )
    found = CDR.objects.filter(cdr_id__in=cdrs, owner__in=between)
    keys = list(found.values_list("pk", flat=True))
    return invoices.issue(*between, invoice_id, keys, actor="test").record_id


def revise(record: str, cdrs: list[str]) -> None:
    """Let an invoice of ours charge other CDRs."""
    from cdrs.models import CDR
    from settlement.models import InvoiceRecord
    from settlement.reconciliation import services as invoices

    found = InvoiceRecord.objects.get(record_id=record)
    keys = CDR.objects.filter(cdr_id__in=cdrs, owner=found.cpo).values_list("pk", flat=True)
    invoices.revise(found, cdrs=list(keys), actor="test")


def withdraw(record: str) -> None:
    """Take an invoice of ours back."""
    from settlement.models import InvoiceRecord
    from settlement.reconciliation import services as invoices

    invoices.withdraw(InvoiceRecord.objects.get(record_id=record), actor="test")


def change_statuses(party: str, statuses: list[str], limit: int | None = None) -> int:
    """Give the EVSEs of a CPO these statuses, one after the other; how many changes that were."""
    from locations import services
    from locations.models import EVSE

    owner = PartyId.parse(party)
    evses = EVSE.objects.filter(
        location__owner__country_code=owner.country_code, location__owner__party_id=owner.party_id
    ).order_by("id")
    changes = 0
    for status in statuses:
        for evse in evses.select_related("location__owner")[:limit]:
            changes += services.set_status(evse, status)
    return changes


def exported(party: str) -> list[str]:
    """The canonical documents of all locations of a CPO."""
    from locations import services
    from locations.models import Location

    owner = PartyId.parse(party)
    rows = Location.objects.filter(
        owner__country_code=owner.country_code, owner__party_id=owner.party_id
    )
    return [services.document_of(row).decode() for row in rows.order_by("location_key")]


def command(cpo: str, emsp: str, location_id: str, uids: list[str], *, send: bool = True) -> None:
    """Ask a CPO to start sessions with tokens of an eMSP hosted here.

    Without `send` they are only written down, as by a process that dies before it sends them.
    """
    from charging.commands import sending
    from charging.commands import services as commands
    from parties import services
    from tests import builders

    owner = services.ensure_party(PartyId.parse(cpo), "CPO")
    sender = services.ensure_party(PartyId.parse(emsp), "EMSP")
    executor, rule = sending.runner(owner, sending.MODULE)
    for uid in uids:
        document = {"token": builders.token(uid, emsp), "location_id": location_id}
        order = commands.Order(
            "START_SESSION",
            owner,
            sender,
            document,
            actor="test",
            executed_by=executor,
            answered_by=rule,
        )
        placed = commands.place(order).command
        if send:
            sending.carry_out(placed)


def report(results: dict[str, str]) -> None:
    """What came of the commands with these tokens, which staff here have carried out."""
    from charging.commands import staff
    from charging.models import Command

    for uid, result in results.items():
        staff.report(Command.objects.get(token_key=f"RFID:{uid}"), result, "", "test")


def held(party: str) -> dict[str, list[dict[str, Any]]]:
    """The canonical documents of a CPO's locations and tariffs that are still there, in order of their ids."""
    from locations import services
    from locations.models import Location
    from tariffs import selectors
    from tariffs.models import Tariff

    owner = PartyId.parse(party)
    its = {"owner__country_code": owner.country_code, "owner__party_id": owner.party_id}
    locations = Location.objects.filter(vanished_at=None, **its).order_by("location_key")
    tariffs = Tariff.objects.filter(vanished_at=None, deleted_at=None, **its).order_by("tariff_key")
    ids = list(tariffs.values_list("pk", flat=True))
    return {
        "location": [json.loads(services.document_of(row)) for row in locations],
        "tariff": [json.loads(row.to_json()) for row in selectors.by_ids(ids)],
    }


def start_session(card: str, location: str, evse: str) -> dict[str, Any]:
    """Staff start a charge with a card of ours at a partner's EVSE; the command after its direct answer."""
    from charging.commands import staff
    from locations.models import EVSE
    from tokens.models import Token

    token = Token.objects.get(uid=card, owner__is_ours=True)
    place = EVSE.objects.get(uid=evse, location__location_id=location)
    return _command(staff.start(place, token, "test"))


def stop_session(session: str, owner: str) -> dict[str, Any]:
    """Staff stop a charge at a partner's."""
    from charging.commands import staff
    from charging.models import Session

    country_code, party_id = PartyId.parse(owner)
    found = Session.objects.get(
        session_id=session, owner__country_code=country_code, owner__party_id=party_id
    )
    return _command(staff.stop(found, "test"))


def set_profile(session: str, owner: str, limit: float) -> dict[str, Any]:
    """Staff limit a charge to so many amperes per phase."""
    from charging.commands.choices import CommandType
    from charging.models import Session
    from charging.profiles import services as profiles

    party = PartyId.parse(owner)
    found = Session.objects.get(
        session_id=session,
        owner__country_code=party.country_code,
        owner__party_id=party.party_id,
    )
    periods = [{"start_period": 0, "limit": limit}]
    profile = {"charging_rate_unit": "A", "charging_profile_period": periods}
    asked, _ = profiles.ask(
        found, CommandType.SET_PROFILE, {"charging_profile": profile}, actor="test"
    )
    return {**_command(asked), "response": asked.response}


def _command(command: Any) -> dict[str, Any]:
    return {"id": command.pk, "state": command.state, "correlation_id": command.correlation_id}


def manage(arguments: list[str]) -> dict[str, Any]:
    """What a management command answers under --json."""
    from django.core.management import call_command

    said = io.StringIO()
    call_command(*arguments, "--json", stdout=said)
    return dict(json.loads(said.getvalue()))


def let_go() -> None:
    """Keep no connection to the database, which is about to stop."""
    from django.db import connection

    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]


def replay_dead(name: str) -> int:
    """Send again what a partner refused for good."""
    from exchange import deliveries
    from exchange.models import Delivery

    dead = Delivery.objects.filter(connection__name=name).dead()
    return deliveries.replay(list(dead.values_list("pk", flat=True)), actor="test")


def main() -> None:
    """Do what each line of standard input asks, until there is none."""
    import django

    answers, sys.stdout = sys.stdout, io.StringIO()
    django.setup()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": globals()[request["function"]](**request["arguments"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
