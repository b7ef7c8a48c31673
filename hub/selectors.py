"""What hubs say of the parties behind them."""

from __future__ import annotations

from hub.models import ClientInfo
from ocpi.ids import PartyId
from parties import services as parties
from parties.choices import Role
from parties.models import Connection

_OPPOSITE = {Role.CPO.value: Role.EMSP.value, Role.EMSP.value: Role.CPO.value}


def said_of(connection: Connection, party: PartyId) -> ClientInfo | None:
    """What a hub said of a party, whose role its address does not name.

    Of several roles it is the one opposite to ours, if that is clear, else the one it said last.
    """
    rows = ClientInfo.objects.filter(
        connection=connection,
        party__country_code=party.country_code,
        party__party_id=party.party_id,
        unlisted_at=None,
    ).select_related("party")
    found = list(rows.order_by("-last_updated", "-pk"))
    ours = set(parties.our_parties(connection).values_list("role", flat=True))
    opposite = {_OPPOSITE[role] for role in ours if role in _OPPOSITE}
    across = [row for row in found if row.party.role in opposite]
    return across[0] if len(across) == 1 else next(iter(found), None)
