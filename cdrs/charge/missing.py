"""What one would expect of a charge and cannot find, in sentences."""

from __future__ import annotations

from cdrs.charge.following import Charge
from charging.choices import SessionStatus


def missing(charge: Charge) -> list[str]:
    """What is not here, and whether it should be."""
    found = []
    session = charge.session
    if session is None:
        named = f" {charge.session_key}" if charge.session_key else ""
        found.append(f"No session{named}: it has not come, or this never became a charge.")
    if not charge.authorizations and not charge.commands:
        found.append(
            "No authorization and no command: the CPO let the card charge by its whitelist."
        )
    if not charge.cdrs:
        if session is not None and session.status == SessionStatus.COMPLETED:
            found.append("No CDR yet, although the session is completed.")
        elif session is not None and session.status == SessionStatus.INVALID:
            found.append("No CDR: invalid sessions are not billed.")
        else:
            found.append("No CDR yet: it comes when the charge is over.")
    if charge.location is None and charge.location_key:
        found.append(f"Location {charge.location_key} is not here.")
    elif charge.evse is None and charge.evse_key not in ("", "#NA"):
        found.append(f"EVSE {charge.evse_key} is not among those of the location.")
    if charge.token is None and charge.token_key:
        found.append(f"The token {charge.uid_key} is not here.")
    return found
