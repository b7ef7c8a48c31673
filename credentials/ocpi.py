"""The endpoints of the versions and credentials modules (OCPI 2.2.1, version_information_endpoint and
credentials)."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

from credentials import documents, receiving
from exchange.views import ACCESS_OR_REGISTRATION, Answer, OCPIView


class VersionsView(OCPIView):
    """``/ocpi/versions``: the versions the caller is offered."""

    accepted_tokens = ACCESS_OR_REGISTRATION
    routed = False

    def get(self, request: HttpRequest) -> Answer:
        return Answer(documents.versions(self.identified.connection))


class _VersionView(OCPIView):
    """An address of one version, which is there for those who are offered it."""

    accepted_tokens = ACCESS_OR_REGISTRATION
    routed = False
    negotiates = True

    def _handler(self, method: str) -> Callable[..., Answer]:
        documents.check_offered(self.identified.connection, self.version)
        return super()._handler(method)


class DetailsView(_VersionView):
    """``/ocpi/{version}``: the endpoints of one version, as the caller sees them."""

    def get(self, request: HttpRequest) -> Answer:
        return Answer(documents.details(self.identified.connection, self.version))


class CredentialsView(_VersionView):
    """``/ocpi/{version}/credentials``. Writing calls the partner, so there is no transaction around it."""

    atomic = False

    def get(self, request: HttpRequest) -> Answer:
        # We keep a hash only; the token the caller has just presented is the one it asks about.
        caller = self.identified
        return Answer(documents.own_credentials(caller.connection, self.version, caller.presented))

    def post(self, request: HttpRequest) -> Answer:
        # Whether the method is allowed comes before what the body says.
        caller = self.identified
        receiving.newcomer(caller)
        body, correlation_id = self.object_body(), self.ids.correlation_id
        return Answer(receiving.register(caller, self.version, body, correlation_id))

    def put(self, request: HttpRequest) -> Answer:
        caller = self.identified
        receiving.registered(caller)
        body, correlation_id = self.object_body(), self.ids.correlation_id
        return Answer(receiving.update(caller, self.version, body, correlation_id))

    def delete(self, request: HttpRequest) -> Answer:
        receiving.unregister(self.identified, self.version, self.ids.correlation_id)
        return Answer()
