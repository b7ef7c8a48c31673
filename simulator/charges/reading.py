"""Bodies of requests about charges: read strictly at their version, what is wrong is counted."""

from ocpi import json
from ocpi.errors import InvalidParameters, OCPIError
from ocpi.versioned import Kind, validate_document
from simulator.conduct import Conduct
from simulator.documents import Document
from simulator.violations import Violations


class Reader:
    """Checks a body and counts."""

    def __init__(self, conduct: Conduct, violations: Violations) -> None:
        self._conduct = conduct
        self._violations = violations

    def read(self, version: str, kind: Kind, body: bytes, where: str) -> Document:
        """The object of a body at its version; InvalidParameters (2001) when it is not valid."""
        try:
            parsed = json.loads(body)
            if not isinstance(parsed, dict):
                raise InvalidParameters("The body is not an object.")
            document = validate_document(version, kind, parsed)
        except OCPIError as error:
            self._violations.add("invalid_object", f"{version} {where}: {error.message}")
            raise
        self._conduct.of_object(version, kind, document, f"{version} {where}")
        return document

    def count(self, code: str, example: str) -> None:
        """Count something that is wrong beyond the form."""
        self._violations.add(code, example)
