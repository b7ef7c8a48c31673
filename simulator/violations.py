"""What the partner does against the specification, counted: never a reason to stop."""

import threading
from collections import Counter
from typing import Any, NamedTuple

from simulator.documents import now

TEXTS = {
    "invalid_object": "An object is not valid at the version agreed on; it was refused with 2001.",
    "invalid_in_list": "An object of a list is not valid at the version agreed on.",
    "field_of_other_version": "An object has a field that only another version of OCPI knows.",
    "invalid_credentials": "Credentials are not valid at the version of their address.",
    "request_id_missing": "A request has no X-Request-ID.",
    "request_id_repeated": "Two requests have the same X-Request-ID.",
    "correlation_id_missing": "A request has no X-Correlation-ID.",
    "content_type": "A request with a body does not say Content-Type: application/json.",
    "routing_on_configuration": "A request to versions or credentials has routing headers.",
    "routing_before_2_2": "A request at OCPI 2.1.1, which has no routing headers, has some.",
    "routing_missing": "A request does not say from which party it comes.",
    "token_spelling": "The token is not spelled as the version says (Base64 since 2.2, before as it is).",
    "other_version": "A request went to another version than the one agreed on.",
    "cdr_changed": "A CDR that we hold came again with other contents; it was refused with 2001.",
    "record_changed": "A record of an invoice came again as new with other contents; it was refused with 2001.",
    "result_unknown": "A result came for something that we never asked.",
    "answer_without_ids": "An answer does not repeat the X-Request-ID of its request.",
    "invalid_answer": "The data of an answer is not valid at the version agreed on.",
    "answer_form": "An answer is not the envelope that OCPI asks for.",
}


class _Latest(NamedTuple):
    at: str
    example: str


class Violations:
    """Counts per kind with the latest example, safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._latest: dict[str, _Latest] = {}

    def add(self, code: str, example: str) -> None:
        """Count one; `code` is one of TEXTS, `example` says where."""
        with self._lock:
            self._counts[code] += 1
            self._latest[code] = _Latest(now(), example[:500])

    def as_json(self) -> dict[str, Any]:
        """Return the total and each kind, the most frequent first."""
        with self._lock:
            kinds = [
                {
                    "code": code,
                    "text": TEXTS[code],
                    "count": count,
                    "last_at": self._latest[code].at,
                    "example": self._latest[code].example,
                }
                for code, count in self._counts.most_common()
            ]
            return {"total": self._counts.total(), "kinds": kinds}

    def reset(self) -> None:
        """Count from zero."""
        with self._lock:
            self._counts.clear()
            self._latest.clear()
