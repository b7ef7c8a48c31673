"""What differs between the staff pages and the OCPI interface in the answers' headers."""

from collections.abc import Callable
from typing import Any

from csp.middleware import CSPMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django_structlog.middlewares import RequestMiddleware

OCPI_PREFIX = "/ocpi/"
STAFF_PREFIX = "/admin/"
TRACKING_PREFIX = "/register/applications/"


class ContentSecurityPolicy(CSPMiddleware):
    """The settings' policy for pages; for OCPI answers, which are never pages, nothing at all."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path_info.startswith(OCPI_PREFIX):
            response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
            return response
        return super().process_response(request, response)


class TrailingSlash:
    """Partners write OCPI addresses with and without a slash at the end; both are the same address.

    A redirect would lose the body of a PUT or POST.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith(OCPI_PREFIX) and request.path_info.endswith("/"):
            request.path_info = request.path_info.rstrip("/")
        return self.get_response(request)


class StaffGZip(GZipMiddleware):
    """Compress staff pages only: OCPI answers hold tokens, and partners' clients ask for speed."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if request.path_info.startswith(STAFF_PREFIX):
            return super().process_response(request, response)
        return response


class StaffRequestLog(RequestMiddleware):
    """A log line per request of staff; OCPI requests have the exchange log, and tracking links are secrets."""

    def __call__(self, request: HttpRequest) -> Any:
        if request.path_info.startswith((OCPI_PREFIX, TRACKING_PREFIX)):
            return self.get_response(request)
        return super().__call__(request)
