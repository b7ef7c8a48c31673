"""The list of a sender whose objects are said one by one: the view that modules derive theirs from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpRequest

from exchange import fetched, lists
from exchange.lists import PageIds
from exchange.quality import losses
from exchange.registry import Said
from exchange.views import Answer, OCPIView
from ocpi.paging import PageRequest
from parties.models import Connection


class ListView(OCPIView):
    """``GET`` of what this partner may see, page by page, in the order of ``id``.

    What is lost in the partner's version is counted, and what was on the page is noted as known to it.
    """

    def get(self, request: HttpRequest) -> Answer:
        connection, page = self.identified.connection, lists.requested(request)
        self.check(page)
        found, rows = self.visible_page(connection, page, lists.cursor_of(request))
        said = list(self.said(rows))
        losses.count_many(
            connection,
            self.module,
            self.version,
            ((reference, losses.summarize(each.losses)) for reference, each in said),
        )
        fetched.note(connection, self.module, found.ids)
        return lists.answer(request, page, found, [each.json for _, each in said])

    def check(self, page: PageRequest) -> None:
        """Raises InvalidParameters (2001) where the module wants more than any list does."""

    def visible_page(
        self, connection: Connection, page: PageRequest, after: int | None
    ) -> tuple[PageIds, Sequence[Any]]:
        """One page of what ``connection`` sees: its keys, and the rows to say."""
        raise NotImplementedError

    def said(self, rows: Sequence[Any]) -> Iterator[tuple[str, Said]]:
        """The reference of each row and how the version says it; what it cannot say is left out."""
        raise NotImplementedError
