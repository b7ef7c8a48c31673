"""The map: a page, and the JSON behind it."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from locations import map_data
from locations.models import Location
from parties.models import Party

LABELS = {
    "available": "Available",
    "in_use": "In use",
    "broken": "Out of order",
    "unknown": "Unknown or planned",
}
CACHE_SECONDS = 1
# A view of everything takes longer to count, so it is kept longer: a map never keeps the database busy.
REST_FACTOR = 8
# However quiet it is: everything is counted anew this often.
WHOLE_EVERY_SECONDS = 15


def page(model_admin: admin.ModelAdmin[Any], request: HttpRequest) -> HttpResponse:
    """The map of all locations."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    owners = Party.objects.filter(Exists(Location.objects.filter(owner=OuterRef("pk"))))
    return TemplateResponse(
        request,
        "locations/map.html",
        {
            **model_admin.admin_site.each_context(request),
            "title": "Map of locations",
            "opts": model_admin.opts,
            "owners": owners,
            "labels": LABELS,
            "owner": request.GET.get("owner", ""),
            "status": request.GET.get("status", ""),
            "settings": configuration(map_data.extent(_number(request.GET.get("owner")))),
        },
    )


def configuration(extent: list[float] | None) -> dict[str, Any]:
    """What the script needs to know; ``extent`` is what the map shows at first."""
    return {
        "data": reverse("admin:locations_location_map_data"),
        "details": reverse("admin:locations_location_map_details"),
        "tiles": settings.MAP_TILE_URL,
        "attribution": settings.MAP_TILE_ATTRIBUTION,
        "extent": extent,
        "labels": LABELS,
    }


def data(model_admin: admin.ModelAdmin[Any], request: HttpRequest) -> JsonResponse:
    """Markers of a view; only ``unchanged`` when nothing changed since the ``token`` of the last answer."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    try:
        view = map_data.View.parse(request.GET.dict())
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=400)
    token = f"{map_data.token()}-{int(time.time() // WHOLE_EVERY_SECONDS)}"
    if request.GET.get("token") == token:
        return JsonResponse({"unchanged": True, "token": token})
    key = f"map:{hash(view)}"
    found = cache.get(key)
    if found is None:
        began = time.monotonic()
        found = map_data.markers(view)
        took = time.monotonic() - began
        cache.set(key, found, max(CACHE_SECONDS, REST_FACTOR * took))
    return JsonResponse({"token": token, "markers": found})


def details(model_admin: admin.ModelAdmin[Any], request: HttpRequest) -> JsonResponse:
    """What the popup of a marker says."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    ids = [int(part) for part in request.GET.get("ids", "").split(",") if _number(part)]
    return JsonResponse({"locations": map_data.details(ids)})


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
