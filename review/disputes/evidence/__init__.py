"""Everything about a case as one ZIP file: for the partner, an arbitrator, or our own records.

It is made while it is sent, one CDR after the other, so that it needs neither a job nor memory.
"""

from review.disputes.evidence.pack import MOST, May, files, response

__all__ = ["MOST", "May", "files", "response"]
