"""Who holds codes: known again, renamed, corrected."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from parties import events
from registers.models import Application, Organisation, OrganisationContact
from registers.running.choices import HELD_STATES, CodeEventKind
from registers.running.models.organisations import OrganisationData
from registers.running.services import codes
from registers.running.services.errors import NotPossible

FIELDS = tuple(one.name for one in OrganisationData._meta.get_fields())
_NAMES = ("legal_name", "trading_name")
_PUBLIC = ("country", "website")


def of_application(application: Application) -> Organisation:
    """The organisation that staff said the applicant is, or one of the same name and number, else a new one.

    The contact is kept with it.
    """
    organisation = application.organisation or _same(application)
    if organisation is None:
        organisation = Organisation.objects.create(
            **{name: getattr(application, name) for name in FIELDS}
        )
    known = organisation.contacts.filter(email__iexact=application.contact_email)
    if not known.exists():
        OrganisationContact.objects.create(
            organisation=organisation,
            name=application.contact_name,
            email=application.contact_email,
            phone=application.contact_phone,
            purpose=f"Applied with {application.number}",
        )
    return organisation


def _same(application: Application) -> Organisation | None:
    return (
        Organisation.objects.filter(
            country=application.country,
            registration_number__iexact=application.registration_number,
            legal_name__iexact=application.legal_name,
        )
        .order_by("pk")
        .first()
    )


@transaction.atomic
def rename(
    organisation: Organisation,
    legal_name: str,
    trading_name: str,
    *,
    reason: str,
    actor: events.Actor,
) -> Organisation:
    """It has another name from now on; the history of each of its codes says so. Raises :class:`NotPossible`."""
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if (locked.legal_name, locked.trading_name) == (legal_name, trading_name):
        raise NotPossible("It has this name already.")
    before = locked.known_as
    locked.legal_name, locked.trading_name = legal_name, trading_name
    locked.save(update_fields=_NAMES)
    after = locked.known_as
    said = f"{before} is now called {after}."
    if before == after:
        said = f"The legal name of {after} is now {legal_name}."
    for code in _held(locked):
        kind = CodeEventKind.ORGANISATION_RENAMED
        codes.write(code, kind, actor=actor, reason=reason, said=said)
    return locked


@transaction.atomic
def correct(
    organisation: Organisation, values: dict[str, Any], *, reason: str, actor: events.Actor
) -> Organisation:
    """What was written wrong is right now; names too, where nobody was renamed. Raises :class:`NotPossible`.

    ``values`` are fields of the organisation. What is public is said in the history of its codes.
    """
    locked = Organisation.objects.select_for_update().get(pk=organisation.pk)
    changed = [name for name in FIELDS if name in values and getattr(locked, name) != values[name]]
    if not changed:
        raise NotPossible("Nothing is different.")
    for name in changed:
        setattr(locked, name, values[name])
    locked.save(update_fields=changed)
    shown = [name for name in changed if name in (*_NAMES, *_PUBLIC)]
    labels = ", ".join(str(Organisation._meta.get_field(name).verbose_name) for name in shown)  # type: ignore[union-attr]
    said = f"Corrected: {labels}." if shown else ""
    for code in _held(locked):
        codes.write(code, CodeEventKind.CORRECTED, actor=actor, reason=reason, said=said)
    events.record(
        "organisation.corrected",
        f"{locked} was corrected: {', '.join(changed)}.",
        actor=actor,
        subject=f"organisation:{locked.pk}",
        detail={"reason": reason},
    )
    return locked


def _held(organisation: Organisation) -> Any:
    return organisation.codes.select_for_update().filter(state__in=HELD_STATES).order_by("pk")
