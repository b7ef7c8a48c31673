"""What tests of a register that is run here start from."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from registers.models import Application, IssuedCode, Register, RegisterRules
from registers.running import services
from registers.running.services import Wish
from tests.registers import lists

ORGANISATION = {
    "legal_name": "Acme Charging Ltd",
    "registration_number": "01234567",
    "country": "GB",
}
CONTACT = {"contact_name": "Ann Other", "contact_email": "ann@acme.example"}
FORM = {
    "kind": "new",
    "country_code": "GB",
    "party_id": "ABC",
    "roles": ["CPO", "EMSP"],
    **ORGANISATION,
    **CONTACT,
}
_numbers = iter(range(1_000_000))


def run(**rules: Any) -> Register:
    """A register of GB that we run, by these rules."""
    register = lists.register("gb-own", name="Our Registry", format="plain")
    services.set_rules(RegisterRules(register=register, **rules), actor="ada")
    return register


def person(name: str) -> User:
    return User.objects.get_or_create(username=name)[0]


def wish(code: str = "ABC", *roles: str, **other: Any) -> Wish:
    named = {"country": "GB", "organisation": ORGANISATION, "contact": CONTACT, **other}
    return Wish(code=code, roles=roles or ("CPO", "EMSP"), **named)


def apply(register: Register, code: str = "ABC", *roles: str, **other: Any) -> Application:
    """An application, each from another address."""
    sender = f"address {next(_numbers)}"
    return services.submit(register, wish(code, *roles, **other), sender=sender)[0]


def grant(application: Application) -> IssuedCode:
    """Reviewed by ann and granted by bob."""
    services.review(application, note="", actor=person("ann"))
    return services.issue(application, actor=person("bob"))


def issue(register: Register, code: str = "ABC", *roles: str, **other: Any) -> IssuedCode:
    return grant(apply(register, code, *roles, **other))
