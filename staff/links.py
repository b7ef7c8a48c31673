"""Links to the lists and pages of models, for those who may see them."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse


def may_view(request: HttpRequest, model: type[Model]) -> bool:
    """Whether ``model`` has pages and this user may look at them."""
    model_admin = admin.site._registry.get(model)
    return model_admin is not None and model_admin.has_view_permission(request)


def may_change(request: HttpRequest, model: type[Model]) -> bool:
    """The model permission alone, whatever its admin allows to edit by form."""
    options = model._meta
    codename = get_permission_codename("change", options)
    return request.user.has_perm(f"{options.app_label}.{codename}")


def list_url(model: type[Model], **filters: object) -> str:
    """The address of a model's list with ``filters``; empty when it has none."""
    options = model._meta
    try:
        address = reverse(f"admin:{options.app_label}_{options.model_name}_changelist")
    except NoReverseMatch:
        return ""
    return f"{address}?{urlencode(filters)}" if filters else address


def page_url(target: Model) -> str:
    """The address of an object's page; empty when there is none."""
    options = target._meta
    try:
        return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[target.pk])
    except NoReverseMatch:
        return ""


def page_url_of(model: type[Model], key: object) -> str:
    """The address of the page of the row ``key``, without reading the row."""
    return page_url(model(pk=key)) if key is not None else ""


def charge_url(kind: str, key: object) -> str:
    """The page that follows the charge of a ``session``, ``cdr``, ``authorization`` or ``command``."""
    try:
        return f"{reverse('admin:cdrs_cdr_charge')}?{urlencode({kind: key})}"
    except NoReverseMatch:
        return ""
