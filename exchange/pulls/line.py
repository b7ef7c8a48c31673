"""The line to the partner during a pull: with the token of now, and cut when the connection is no more."""

from __future__ import annotations

from exchange import egress
from exchange.pulls.starting import CannotPull, check
from ocpi.client import OCPIClient
from parties.models import Connection


class Line:
    """Requests of one pull. ``renew`` belongs before every page: a pull can take hours."""

    def __init__(self, connection: Connection, module: str) -> None:
        self._module = module
        self._version = connection.version
        self._open(connection)

    def _open(self, connection: Connection) -> None:
        self.connection = connection
        self._client = egress.PartnerClient(connection)
        self._client.about(self._module)

    @property
    def ocpi(self) -> OCPIClient:
        return self._client.ocpi

    def renew(self) -> None:
        """Look whether the connection still stands. Raises ``CannotPull`` when it was ended or made anew."""
        now = Connection.objects.get(pk=self.connection.pk)
        check(now, self._module)
        if now.version != self._version:
            raise CannotPull(f"{now.name} was connected anew with OCPI {now.version}.")
        same_token = bytes(now.outbound_token_encrypted) == bytes(
            self.connection.outbound_token_encrypted
        )
        if same_token and now.pinned_hosts == self.connection.pinned_hosts:
            self.connection = now
            return
        self.close()
        self._open(now)

    def close(self) -> None:
        self._client.close()
