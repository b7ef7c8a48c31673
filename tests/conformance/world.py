"""What the tests of rules start from: partners at each version, and both kinds of objects in its words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.apps import apps
from django.db.models import QuerySet

from exchange import registry
from exchange.registry import Source
from ocpi import convert, json
from ocpi.ids import PartyId
from ocpi.versioned import Kind
from parties.services import agreements
from parties.services.agreements import Terms
from tests import builders
from tests.builders import Answered, Partner

VERSIONS = ("2.1.1", "2.2.1", "2.3.0")
OWNER = PartyId("NL", "ABC")
Document = dict[str, Any]


def _cdr(identifier: str, **fields: Any) -> Document:
    """A CDR of the usual reader's driver."""
    return builders.cdr(identifier, cdr_token=builders.cdr_token("DE*EMP"), **fields)


class Objects(NamedTuple):
    """The objects of one module; ``required`` is a field that none may lack, ``optional`` one that all may."""

    module: str
    kind: Kind
    identifier: str
    required: str
    optional: str

    def document(self, identifier: str = "", **fields: Any) -> Document:
        """The canonical object."""
        make: dict[str, Callable[..., Document]] = {
            "location": builders.location,
            "tariff": builders.tariff,
            "token": builders.token,
            "cdr": _cdr,
        }
        given = {"tariff_alt_url": "https://abc.example/tariff"} if self.kind == "tariff" else {}
        return make[self.kind](identifier or self.identifier, **{**given, **fields})

    def said(self, version: str, identifier: str = "", **fields: Any) -> Document:
        """The object as a version writes it."""
        document = self.document(identifier, **fields)
        return convert.from_canonical(version, self.kind, document).document

    def hold(self, *documents: Document) -> None:
        """Objects of ours, in the order of creation."""
        inbox = registry.get(self.module).inbox
        assert inbox is not None
        inbox.receive([json.dumps(document) for document in documents], Source("test", "2.3.0"))

    def held(self) -> QuerySet[Any]:
        """All that is here of them."""
        return QuerySet(apps.get_model(self.module, self.kind))

    @property
    def list(self) -> str:
        return f"sender/{self.module}"

    def address(self, identifier: str = "", owner: str = "NL/ABC") -> str:
        """Of one object where partners push it."""
        return f"receiver/{self.module}/{owner}/{identifier or self.identifier}"


LOCATIONS = Objects("locations", "location", "LOC1", "city", "name")
TARIFFS = Objects("tariffs", "tariff", "T1", "currency", "tariff_alt_url")
TOKENS = Objects("tokens", "token", "CARD1", "issuer", "group_id")
CDRS = Objects("cdrs", "cdr", "C1", "currency", "remark")
BOTH = (LOCATIONS, TARIFFS)
LISTED = (*BOTH, CDRS)


def reader(version: str, name: str = "EMSP") -> Partner:
    """An eMSP that reads from us."""
    return builders.partner(name, speaks_for=(builders.party("DE*EMP", "EMSP"),), version=version)


def token_reader(version: str, name: str = "CPO that reads") -> Partner:
    """A CPO with whom our eMSP shares its tokens."""
    theirs = builders.party("DE*CPO")
    agreements.save(builders.party("NL*MSP", "EMSP", ours=True), theirs, Terms(shares={}))
    return builders.partner(name, speaks_for=(theirs,), version=version)


def pusher(version: str, name: str = "CPO") -> Partner:
    """A CPO that pushes to us."""
    return builders.partner(name, speaks_for=(builders.party(str(OWNER)),), version=version)


def next_of(answer: Answered) -> str | None:
    """The query of the next page's address, which must be a link of the specification's form."""
    link = answer.headers.get("Link")
    if link is None:
        return None
    assert link.startswith("<http")
    assert link.endswith('>; rel="next"')
    return "?" + urlsplit(link[1 : link.index(">")]).query
