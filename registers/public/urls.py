"""The public addresses."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from registers.public import applying, files, looking, pages

urlpatterns = [
    path("register", RedirectView.as_view(pattern_name="public-register")),
    path("register/", pages.index, name="public-register"),
    path("register/register.json", files.as_json, name="public-register-json"),
    path("register/register.csv", files.as_csv, name="public-register-csv"),
    path("register/apply/", applying.apply, name="public-apply"),
    path("register/applications/<str:secret>/", applying.track, name="public-application"),
    path("register/<str:country>/<str:party_id>/", pages.code, name="public-code"),
    path("ids", RedirectView.as_view(pattern_name="public-ids")),
    path("ids/", looking.page, name="public-ids"),
    path("api/ids", looking.api, name="public-ids-api"),
]
