"""The contract IDs of tokens, taken apart one by one: their check characters are more than an expression can say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ocpi.identifiers import ContractId, NotAnId, is_country
from registers.audit.choices import Fault, Subject
from registers.audit.models import AuditFinding, AuditRun
from tokens.models import Token

_AT_ONCE = 2_000


def look(run: AuditRun) -> int:
    """Write the faults of all contract IDs as findings of ``run``; returns how many tokens were looked at.

    Tokens that vanished are left out. Call it in a transaction.
    """
    rows = Token.objects.filter(vanished_at=None).exclude(contract_key="").order_by()
    rows = rows.select_related("owner").only(
        "contract_id", "owner__country_code", "owner__party_id"
    )
    number = 0
    tokens = rows.iterator(chunk_size=_AT_ONCE)
    while batch := list(islice(tokens, _AT_ONCE)):
        number += len(batch)
        found = [finding for token in batch for finding in _findings(run, token)]
        AuditFinding.objects.bulk_create(found)
    return number


def _findings(run: AuditRun, token: Token) -> Iterator[AuditFinding]:
    for fault, reason in faults(token.contract_id, token.owner.country_code, token.owner.party_id):
        yield AuditFinding(
            run=run,
            subject=Subject.CONTRACT,
            fault=fault,
            reason=reason,
            owner_id=token.owner_id,
            token=token,
            value=token.contract_id,
            key="".join(filter(str.isalnum, token.contract_id.upper()))[:48],
        )


def faults(contract_id: str, country_code: str, party_id: str) -> Iterator[tuple[Fault, str]]:
    """What is wrong with a contract ID that a party's token names, each with its reason."""
    try:
        found = ContractId.read(contract_id)
    except NotAnId:
        yield Fault.MALFORMED, ""
        return
    if not found.given:
        yield Fault.NO_CHECK, ""
    elif not found.is_right:
        yield Fault.WRONG_CHECK, ""
    if found.party != (country_code, party_id):
        yield Fault.FOREIGN, f"{found.country_code}{found.party_id}"
    if not is_country(found.country_code):
        yield Fault.COUNTRY, found.country_code
