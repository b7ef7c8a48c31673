"""What the portal finds out about an application, for whoever reviews it."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from registers.models import Application, CodeClaim, RegisterEntry
from registers.running import rules as pure
from registers.running import selectors
from registers.running.choices import ApplicationKind
from staff import badges, fragments
from staff.links import page_url


def checks(application: Application) -> list[dict[str, Any]]:
    """Each a ``title``, a ``badge`` that says whether to look, and ``found`` in words."""
    about_codes = []
    if application.kind == ApplicationKind.NEW:
        about_codes = [_held(application), _alike(application), _listed(application)]
    else:
        about_codes = [_holder(application)]
    return [*about_codes, _known(application), _names(application)]


def _check(title: str, found: str | SafeString, *, look: bool) -> dict[str, Any]:
    badge = badges.label_badge("Look", "warning") if look else badges.label_badge("Fine", "success")
    return {"title": title, "badge": badge, "found": found}


def _held(application: Application) -> dict[str, Any]:
    roles = list(application.claims.order_by("role").values_list("role", flat=True))
    found = f"Held for it as {' and '.join(roles)}." if roles else "It is not held for it."
    return _check("The code is free", found, look=not roles)


def _alike(application: Application) -> dict[str, Any]:
    claims = CodeClaim.objects.filter(country_code=application.country_code)
    others = pure.alike(application.party_id, claims.values_list("party_id", flat=True))
    found = f"Looks like {', '.join(others)}." if others else "None is taken."
    return _check("Codes that look like it", found, look=bool(others))


def _listed(application: Application) -> dict[str, Any]:
    entries = list(
        RegisterEntry.objects.filter(
            country_code=application.country_code, party_id=application.party_id, vanished_at=None
        ).select_related("register")[:10]
    )
    return _check("The code in other registers", _entries(entries), look=bool(entries))


def _holder(application: Application) -> dict[str, Any]:
    code = application.code
    if code is None:
        return _check("The holder", "No issued code is named.", look=True)
    holder = code.organisation
    same_number = (
        holder.registration_number.strip().casefold()
        == application.registration_number.strip().casefold()
    )
    known = holder.contacts.filter(email__iexact=application.contact_email).exists()
    said = "is" if known else "is not"
    found = format_html(
        "{} is held by {}. The registration number is {}. The e-mail address {} one of its contacts.",
        fragments.link(page_url(code), code),
        fragments.link(page_url(holder), holder),
        "the same" if same_number else "another",
        said,
    )
    expects_same = application.kind != ApplicationKind.TRANSFER
    return _check("The holder", found, look=not known or (expects_same and not same_number))


def _known(application: Application) -> dict[str, Any]:
    found = list(selectors.same_organisation(application))
    if application.organisation is not None:
        link = fragments.link(page_url(application.organisation), application.organisation)
        return _check("The organisation", format_html("It is {}.", link), look=False)
    if not found:
        return _check("The organisation", "Not known here yet.", look=False)
    links = format_html_join(
        ", ", "{} ({})", ((fragments.link(page_url(one), one), one.number) for one in found)
    )
    words = format_html("Perhaps known here: {}. Say so with “It is known here”.", links)
    needs_it = application.kind in (ApplicationKind.NEW, ApplicationKind.TRANSFER)
    return _check("The organisation", words, look=needs_it)


def _names(application: Application) -> dict[str, Any]:
    entries = list(selectors.similar_names(application))
    return _check("Similar names in other registers", _entries(entries), look=False)


def _entries(entries: list[RegisterEntry]) -> str | SafeString:
    if not entries:
        return "None is listed."
    return format_html_join(
        "; ",
        "{} {} ({})",
        (
            (fragments.link(page_url(entry), entry), entry.organisation, entry.register)
            for entry in entries
        ),
    )
