"""Connections: the list, and the page from which one is run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from credentials import services
from credentials.admin import cockpit, connecting, dialects, invitations, sections, verbs
from credentials.admin.settings_form import SettingsForm
from exchange import sharing
from exchange.models import Delivery
from ocpi.ids import PartyId
from parties import events
from parties import services as parties
from parties.choices import BADGES, ConnectionState, Environment
from parties.health import HEALTHY, NEEDS_ATTENTION, health
from parties.models import Connection, ConnectionParty, Party
from staff import confirmed, theme
from staff.badges import badge, label_badge
from staff.fragments import EMPTY, ago, amount, link
from staff.links import list_url, page_url
from staff.requests import user_of

# Counted in the index of pending deliveries, for the rows of one page only.
PENDING = (
    Delivery.objects.pending()
    .filter(connection=OuterRef("pk"))
    .order_by()
    .values("connection")
    .annotate(number=Count("pk"))
    .values("number")
)


class HealthFilter(theme.RadioFilter):
    title = "health"
    parameter_name = "health"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]
    ) -> list[tuple[str, str]]:
        return [("healthy", "Healthy"), ("attention", "Needs attention")]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Connection]
    ) -> QuerySet[Connection]:
        wanted = {"healthy": HEALTHY, "attention": NEEDS_ATTENTION}.get(self.value() or "")
        return queryset.filter(wanted) if wanted else queryset


@theme.register(Connection)
class ConnectionAdmin(theme.ModelAdmin[Connection]):
    list_display = [
        "name",
        "state_shown",
        "environment_shown",
        "kind",
        "version_shown",
        "parties_shown",
        "heard",
        "reached",
        "pending",
    ]
    list_filter = [
        HealthFilter,
        ("state", theme.ChoicesCheckboxFilter),
        ("environment", theme.ChoicesCheckboxFilter),
        ("kind", theme.ChoicesCheckboxFilter),
    ]
    search_fields = ["name", "parties__party_id", "parties__name"]
    fieldsets = [
        ("About", {"fields": ["name", "environment", "contacts", "notes"]}),
        ("What this partner sees", {"fields": ["presents"]}),
        (
            "Technical settings",
            {
                "fields": [
                    "offered_versions",
                    "required_modules",
                    "rotation_days",
                    "max_parallel_requests",
                    "body_sample_percent",
                ],
            },
        ),
        (
            "What we fetch",
            {"fields": ["pull_interval_hours", "vanish_policy", "vanish_limit_percent"]},
        ),
    ]
    form = SettingsForm
    actions: Sequence[Any] | None = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Connections begin with an invitation or a handshake, not with a form."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Connection | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Connection]:
        spoken = ConnectionParty.objects.select_related("party").order_by("id")
        return (
            super()
            .get_queryset(request)
            .prefetch_related(Prefetch("connection_parties", spoken))
            .annotate(pending_number=Coalesce(Subquery(PENDING), 0))
        )

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("invite/", wrap(invitations.view), name="parties_connection_invite"),
            path("connect/", wrap(connecting.view), name="parties_connection_connect"),
            path(
                "<int:object_id>/parties/<int:row_id>/<str:decision>/",
                wrap(require_POST(self.decide_view)),
                name="parties_connection_decide",
            ),
            path(
                "<int:object_id>/dialect/", wrap(dialects.view), name="parties_connection_dialect"
            ),
            *(
                path(
                    f"<int:object_id>/suggestions/<slug:field>/{verb}/",
                    wrap(require_POST(partial(dialects.suggestion_view, verb=verb))),
                    name=f"parties_connection_suggestion_{verb}",
                )
                for verb in ("apply", "dismiss")
            ),
            *confirmed.urls(self, verbs.ALL),
            *super().get_urls(),
        ]

    def decide_view(
        self, request: HttpRequest, object_id: int, row_id: int, decision: str
    ) -> HttpResponse:
        """Approve or refuse a party that the partner added after the first handshake (POST)."""
        decide = {"approve": services.approve, "refuse": services.refuse}.get(decision)
        if not request.user.has_perm(verbs.CHANGE):
            raise PermissionDenied
        if decide is None:
            raise Http404
        row = get_object_or_404(ConnectionParty, pk=row_id, connection_id=object_id)
        try:
            decide(row, actor=user_of(request))
        except parties.PartyTaken as problem:
            messages.error(request, str(problem))
        else:
            may = "may" if row.approved else "may not"
            messages.success(request, f"{row.party} {may} speak through this connection.")
        return HttpResponseRedirect(page_url(row.connection))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "presents":
            kwargs |= {"queryset": Party.objects.ours(), "widget": theme.CheckboxesWidget}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The connection's page; its settings are a form of their own, at ``?settings=1``."""
        connection = self.get_object(request, object_id)
        editing = request.method == "POST" or "settings" in request.GET
        shown: dict[str, Any] = {"editing": editing, "show_save_and_continue": False}
        if connection is not None and not editing and self.has_view_permission(request, connection):
            shown["cockpit"] = cockpit.context(request, connection)
            shown["sections"] = sections.CONNECTION.shown(request, connection)
            shown["buttons"] = confirmed.buttons(self, verbs.ALL, request, connection)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def response_change(self, request: HttpRequest, obj: Connection) -> HttpResponse:
        messages.success(request, "The settings are saved.")
        return HttpResponseRedirect(page_url(obj))

    @theme.display(description="State", ordering="state")
    def state_shown(self, connection: Connection) -> SafeString:
        now = health(connection)
        if connection.is_connected and now.variant != "success":
            return label_badge(now.label, now.variant, title=now.reason)
        return badge(connection.state, ConnectionState, BADGES, title=connection.state_reason)

    @theme.display(description="Environment", ordering="environment")
    def environment_shown(self, connection: Connection) -> SafeString:
        return badge(connection.environment, Environment, BADGES)

    @theme.display(description="OCPI", ordering="version")
    def version_shown(self, connection: Connection) -> str:
        return connection.version or EMPTY

    @theme.display(description="Speaks for")
    def parties_shown(self, connection: Connection) -> SafeString:
        roles: dict[PartyId, list[str]] = {}
        for row in connection.connection_parties.all():
            roles.setdefault(row.party.identity, []).append(row.party.role)
        lines = [f"{identity} {', '.join(names)}" for identity, names in roles.items()]
        rest = f" and {len(lines) - 2} more" if len(lines) > 2 else ""
        return format_html(
            '<span title="{}">{}{}</span>', "; ".join(lines), "; ".join(lines[:2]) or EMPTY, rest
        )

    @theme.display(description="Last heard", ordering="last_heard_at")
    def heard(self, connection: Connection) -> SafeString:
        return ago(connection.last_heard_at)

    @theme.display(description="Last reached", ordering="last_reached_at")
    def reached(self, connection: Connection) -> SafeString:
        return ago(connection.last_reached_at)

    @theme.display(description="Pending", ordering="pending_number")
    def pending(self, connection: Connection) -> SafeString:
        number = int(getattr(connection, "pending_number", 0))
        url = list_url(Delivery, state="pending", connection__id__exact=connection.pk)
        return link(url, amount(number)) if number and url else amount(number)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Which of our parties it sees decides what it is told."""
        if "presents" in form.changed_data:
            done = sharing.present(form.instance, form.cleaned_data["presents"])
            if done.shown or done.withdrawn:
                messages.info(
                    request,
                    f"{done.shown:,} objects became visible to it, {done.withdrawn:,} are withdrawn.",
                )

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        """Save the edit and tell the timeline which settings changed."""
        obj.save(update_fields=[name for name in form.changed_data if name != "presents"])
        if form.changed_data:
            labels = ", ".join(str(form.fields[name].label) for name in form.changed_data)
            events.record(
                "connection.edited",
                f"Settings changed: {labels}.",
                connection=obj,
                actor=user_of(request),
            )
