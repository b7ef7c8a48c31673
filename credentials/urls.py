"""Where an OCPI connection begins: versions, version details, credentials."""

from django.urls import URLPattern, path

from credentials.ocpi import CredentialsView, DetailsView, VersionsView
from ocpi.versions import SUPPORTED

urlpatterns: list[URLPattern] = [
    path("versions", VersionsView.as_view(module="versions"), name="ocpi-versions")
]
for _version in SUPPORTED:
    urlpatterns += [
        path(
            _version,
            DetailsView.as_view(module="versions", version=_version),
            name=f"ocpi-{_version}-details",
        ),
        path(
            f"{_version}/credentials",
            CredentialsView.as_view(module="credentials", version=_version),
            name=f"ocpi-{_version}-credentials",
        ),
    ]
