"""What is in the evidence of a case, in which order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from cdrs import selectors
from cdrs.admin.originals import PERMISSION as ORIGINALS
from exchange.admin.exchanges import BODIES
from parties.models import Event
from review.disputes import steps
from review.disputes.evidence import charge, front, of_cdr
from review.disputes.evidence.archive import archived
from review.disputes.evidence.files import File, table_file
from review.models import Dispute

MOST = 100
"""CDRs in one pack."""


class May(NamedTuple):
    """What the person who asks for the pack may see: originals of CDRs, and bodies of requests."""

    originals: bool
    bodies: bool


def response(request: HttpRequest, case: Dispute) -> StreamingHttpResponse:
    """The pack as a download, with what this user may see."""
    may = May(request.user.has_perm(ORIGINALS), request.user.has_perm(BODIES))
    now = timezone.localtime()
    name = f"{case.number}-{case.partner.country_code}-{case.partner.party_id}-{now:%Y-%m-%d}"
    return StreamingHttpResponse(
        archived(files(case, may), now),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}.zip"'},
    )


def files(case: Dispute, may: May) -> Iterator[File]:
    """The files of the pack: README.txt, the case's own events, a folder per CDR, and index.html at the end.

    Holds nothing that lets anybody in: access tokens are masked in the log already, and addresses that commands
    are answered at are left out. Requests are those with the partner of the case alone.
    """
    rows = steps.reviews_of(case)
    yield front.readme(case, len(rows), min(len(rows), MOST), may.originals, may.bodies)
    told = [f"dispute.{name}" for name in front.TOLD]
    events = Event.objects.filter(subject=case.reference, name__in=told).order_by("id")
    yield table_file("events.csv", list(events[:1000]), front.EVENT_COLUMNS)
    summaries: list[front.Summary] = []
    for place, row in enumerate(rows[:MOST], start=1):
        cdr = row.review.cdr
        document = selectors.document_of(cdr.pk)
        folder = of_cdr.folder_of(place, cdr)
        found = of_cdr.CDRFiles(case, row, document, folder)
        yield from found.files(originals=may.originals)
        yield from charge.files(case.partner, cdr, folder, bodies=may.bodies)
        summaries.append(found.summary())
    yield front.index(case, summaries, len(rows))
