"""Pages of big tables without ``count(*)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.utils.functional import cached_property

if TYPE_CHECKING:
    _Page = Page[Any]
    _Paginator = Paginator[Any]
else:
    _Page, _Paginator = Page, Paginator


class UncountedPage(_Page):
    """A page that read one row more than it shows, and so knows whether another one follows."""

    more = False

    def has_next(self) -> bool:
        return self.more

    def has_other_pages(self) -> bool:
        return self.more or self.number > 1


class UncountedPaginator(_Paginator):
    """Previous and Next only; costs the rows of one page, however big the table is.

    ``count`` is a bound for validating page numbers, not a number to show.
    """

    template_name = "staff/uncounted_pagination.html"
    allow_empty_first_page = True

    @cached_property
    def count(self) -> int:
        return 1_000_000_000

    def page(self, number: int | str) -> UncountedPage:
        number = self.validate_number(number)
        start = (number - 1) * self.per_page
        rows = self.read(start, start + self.per_page + 1)
        page = UncountedPage(rows[: self.per_page], number, self)
        page.more = len(rows) > self.per_page
        self.last_page_read = page
        return page

    def read(self, first: int, behind: int) -> list[Any]:
        """The rows from place ``first`` to the one before ``behind``."""
        return list(self.object_list[first:behind])


class KeysFirstPaginator(UncountedPaginator):
    """Finds out which rows a page shows before it reads them with what is joined to them.

    Where rows have to be sorted the database then sorts numbers, and not everything a row holds and is joined to.
    """

    def read(self, first: int, behind: int) -> list[Any]:
        rows: Any = self.object_list
        keys = list(rows.values_list("pk", flat=True)[first:behind])
        found = {row.pk: row for row in rows.order_by().filter(pk__in=keys)} if keys else {}
        # One that has just been decided is not among them any more.
        return [found[key] for key in keys if key in found]
