"""The portal's addresses."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from credentials import openapi
from exchange.urls import module_patterns
from registers.public import urls as registers
from settlement.admin import dashboard as finance

from . import simulator_pages
from .health import healthz, readyz

urlpatterns = [
    path("", RedirectView.as_view(url="/admin/")),
    path("admin/", include(simulator_pages.urls())),
    path("admin/", include(finance.urls())),
    path("admin/", admin.site.urls),
    path("ocpi/", include("credentials.urls")),
    path("ocpi/", include(module_patterns())),
    path("openapi/", openapi.index, name="published"),
    path("schemas/<str:version>/<str:kind>.json", openapi.schema, name="json-schema"),
    path("openapi/<str:version>.json", openapi.document, name="openapi"),
    path("", include(registers)),
    path("healthz", healthz),
    path("readyz", readyz),
]
