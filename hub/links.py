"""Where staff find what a hub says of a party."""

from __future__ import annotations

from hub.models import ClientInfo
from staff.links import list_url


def admin_url(reference: str) -> str | None:
    """The parties behind hubs that ``reference`` (``DE*XYZ/CPO``) names."""
    return list_url(ClientInfo, q=reference.partition("/")[0])
