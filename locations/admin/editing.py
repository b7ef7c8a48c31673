"""Editing our own locations: pages with forms in front of ``locations.services``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, TypeAlias, cast

import orjson
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from locations import map_data, services
from locations.admin import map_views
from locations.admin.forms import (
    ConnectorFormSet,
    EVSEForm,
    LocationForm,
    NewLocationForm,
    connector_initial,
)
from locations.admin.typed_ids import of_another_party
from locations.models import EVSE, Location
from ocpi.errors import InvalidParameters, Problem
from parties.choices import Role
from parties.models import Party

Admin: TypeAlias = "admin.ModelAdmin[Any]"
CHANGED_MEANWHILE = (
    "Somebody (or a partner) changed this location while you were editing. Your entries are still here; "
    "look at the location in another tab, then save again to overwrite."
)
_FIELDS = {
    "coordinates.latitude": "latitude",
    "coordinates.longitude": "longitude",
    "id": "location_id",
}


def urls(model_admin: Admin) -> list[URLPattern]:
    wrap = model_admin.admin_site.admin_view
    return [
        path(
            "<int:location_id>/edit/",
            wrap(partial(edit_location, model_admin)),
            name="locations_location_edit",
        ),
        path(
            "<int:location_id>/evses/add/",
            wrap(partial(edit_evse, model_admin)),
            name="locations_location_add_evse",
        ),
        path(
            "<int:location_id>/evses/<int:evse_id>/edit/",
            wrap(partial(edit_evse, model_admin)),
            name="locations_location_edit_evse",
        ),
    ]


def add_location(model_admin: Admin, request: HttpRequest) -> HttpResponse:
    """A new location of one of our parties."""
    _demand(request, "locations.add_location")
    if not Party.objects.filter(is_ours=True, role=Role.CPO).exists():
        messages.warning(
            request, "Add one of your own parties as CPO first: a location needs an operator."
        )
        return HttpResponseRedirect(reverse("admin:locations_location_changelist"))
    form = NewLocationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        owner, location_id = form.cleaned_data["owner"], form.cleaned_data["location_id"]
        if Location.objects.filter(owner=owner, location_key=location_id.upper()).exists():
            form.add_error("location_id", f"{owner.identity} already has a location with this ID.")
        else:
            saved = _saved(
                form, lambda: services.save_location(owner, form.apply(), actor=request.user)
            )
            if saved is not None:
                messages.success(request, f"{saved} was created. Now add its EVSEs.")
                return HttpResponseRedirect(_page_of(saved.pk))
    return _location_page(model_admin, request, form, "New location", None)


def edit_location(model_admin: Admin, request: HttpRequest, location_id: int) -> HttpResponse:
    """Change one of our locations."""
    location = _ours(request, location_id, "locations.change_location")
    document = orjson.loads(services.document_of(location))
    form = LocationForm(
        request.POST or None, document=document, initial={"version": location.version}
    )
    if request.method == "POST" and form.is_valid() and _is_fresh(form, location):
        saved = _saved(
            form, lambda: services.save_location(location.owner, form.apply(), actor=request.user)
        )
        if saved is not None:
            messages.success(request, f"{saved} was saved. Partners are told at once.")
            return HttpResponseRedirect(_page_of(saved.pk))
    return _location_page(model_admin, request, form, f"Edit {location}", location)


def edit_evse(
    model_admin: Admin, request: HttpRequest, location_id: int, evse_id: int | None = None
) -> HttpResponse:
    """Add or change an EVSE with its connectors."""
    location = _ours(request, location_id, "locations.change_evse")
    evse = _evse_of(location, evse_id)
    document = services.evse_document(evse) if evse else {}
    connectors = {str(c["id"]).upper(): c for c in document.get("connectors") or ()}
    form = EVSEForm(request.POST or None, document=document, initial={"version": location.version})
    formset = ConnectorFormSet(
        request.POST or None,
        prefix="connectors",
        initial=[connector_initial(connector) for connector in connectors.values()]
        or [{"id": "1", "max_voltage": 230, "max_amperage": 16, "power_type": "AC_3_PHASE"}],
    )
    valid = request.method == "POST" and all([form.is_valid(), formset.is_valid()])
    if valid and _is_fresh(form, location) and _is_new(form, location, evse):
        wanted = [
            connector.apply(connectors.get(connector.cleaned_data["id"].upper(), {}))
            for connector in formset.kept()  # type: ignore[attr-defined]
        ]
        saved = _saved(
            form, lambda: services.save_evse(location, form.apply(wanted), actor=request.user)
        )
        if saved is not None:
            messages.success(request, f"EVSE {saved} was saved. Partners are told at once.")
            foreign = of_another_party(form.cleaned_data["evse_id"], location.owner.identity)
            if foreign:
                messages.warning(request, foreign)
            return HttpResponseRedirect(f"{_page_of(location.pk)}#evse-{saved.pk}")
    return _evse_page(model_admin, request, location, evse, form, formset)


def _demand(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _ours(request: HttpRequest, location_id: int, permission: str) -> Location:
    """A location that may be edited here: ours, by somebody who may."""
    _demand(request, permission)
    location = Location.objects.select_related("owner").filter(pk=location_id).first()
    if location is None:
        raise Http404
    if not location.owner.is_ours:
        raise PermissionDenied("Only its owner changes this location.")
    return location


def _evse_of(location: Location, evse_id: int | None) -> EVSE | None:
    if evse_id is None:
        return None
    evse = location.evses.filter(pk=evse_id).first()
    if evse is None:
        raise Http404
    return evse


def _is_fresh(form: forms.Form, location: Location) -> bool:
    """Nothing changed since the form was opened; else say so, and let the next attempt through."""
    if form.cleaned_data.get("version") in (None, location.version):
        return True
    form.add_error(None, CHANGED_MEANWHILE)
    data = cast(QueryDict, form.data).copy()
    data["version"] = str(location.version)
    form.data = data
    return False


def _is_new(form: forms.Form, location: Location, evse: EVSE | None) -> bool:
    if evse is None:
        uid = form.cleaned_data["uid"]
        if location.evses.filter(uid_key=uid.upper()).exists():
            form.add_error("uid", "This location already has an EVSE with this UID.")
            return False
    return True


def _saved(form: forms.Form, save: Any) -> Any:
    """What ``save`` returns; nothing when it was refused, with the reasons at the fields they concern."""
    try:
        return save()
    except InvalidParameters as refused:
        _add_problems(form, refused.problems or [Problem("invalid", "", refused.message)])
    except services.NotOurs as refused:
        form.add_error(None, str(refused))
    return None


def _add_problems(form: forms.Form, problems: Iterable[Problem]) -> None:
    for problem in problems:
        name = _FIELDS.get(problem.path, problem.path.split(".")[0])
        if name in form.fields:
            form.add_error(name, problem.message)
        else:
            where = f"{problem.path}: " if problem.path else ""
            form.add_error(None, f"{where}{problem.message}")


def _page_of(location_id: int) -> str:
    return reverse("admin:locations_location_change", args=[location_id])


def _location_page(
    model_admin: Admin,
    request: HttpRequest,
    form: LocationForm,
    title: str,
    location: Location | None,
) -> HttpResponse:
    extent = map_data.extent()
    if location is not None and location.longitude is not None:
        extent = [location.longitude, location.latitude or 0.0] * 2
    return TemplateResponse(
        request,
        "locations/location_form.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": title,
            "opts": model_admin.opts,
            "original": location,
            "form": form,
            "location": location,
            "home": _page_of(location.pk)
            if location
            else reverse("admin:locations_location_changelist"),
            "settings": map_views.configuration(extent),
        },
    )


def _evse_page(
    model_admin: Admin,
    request: HttpRequest,
    location: Location,
    evse: EVSE | None,
    form: EVSEForm,
    formset: Any,
) -> HttpResponse:
    return TemplateResponse(
        request,
        "locations/evse_form.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": f"Edit EVSE {evse}" if evse else f"New EVSE at {location}",
            "opts": model_admin.opts,
            "original": location,
            "form": form,
            "formset": formset,
            "location": location,
            "evse": evse,
            "home": _page_of(location.pk),
        },
    )
