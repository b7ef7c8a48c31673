"""What can go wrong in a handshake, in plain English: what happened, and what to do about it."""

from __future__ import annotations

from django.conf import settings

from credentials.choices import Problem
from ocpi.client import OCPIResponse
from ocpi.errors import MissingEndpoints, OCPIError, UnableToUseClientAPI, UnsupportedVersion
from ocpi.failures import FailureKind
from ocpi.status import StatusCode


class HandshakeFailure(Exception):
    """A handshake ends here.

    ``fact`` says neutrally what happened and may be told to the partner; ``advice`` is for our staff.
    ``is_clean`` is true when the partner certainly did not do what we asked.
    """

    def __init__(
        self, problem: Problem, fact: str, advice: str = "", *, is_clean: bool = True
    ) -> None:
        super().__init__(fact)
        self.problem = problem
        self.fact = fact
        self.advice = advice
        self.is_clean = is_clean

    @property
    def diagnosis(self) -> str:
        return f"{self.fact} {self.advice}".strip()

    def as_answer(self) -> OCPIError:
        """What the partner gets to hear whose registration this ends (3001, 3002, 3003)."""
        if self.problem == Problem.NO_COMMON_VERSION:
            return UnsupportedVersion(self.fact)
        if self.problem == Problem.MISSING_MODULE:
            return MissingEndpoints(self.fact)
        return UnableToUseClientAPI(f"Calling you back failed. {self.fact}")


_BY_FAILURE = {
    FailureKind.REFUSED_ADDRESS: Problem.ADDRESS_REFUSED,
    FailureKind.DNS: Problem.NOT_REACHABLE,
    FailureKind.CONNECT: Problem.NOT_REACHABLE,
    FailureKind.TLS: Problem.TLS,
    FailureKind.TIMEOUT: Problem.TIMEOUT,
    FailureKind.RESET: Problem.NOT_REACHABLE,
    FailureKind.TOO_LARGE: Problem.NOT_OCPI,
}
_BY_HTTP = {
    401: Problem.UNAUTHORIZED,
    403: Problem.UNAUTHORIZED,
    404: Problem.NOT_FOUND,
    405: Problem.ALREADY_REGISTERED,
}
_BY_STATUS = {
    int(StatusCode.INVALID_PARAMETERS): Problem.INVALID_CREDENTIALS,
    int(StatusCode.NOT_ENOUGH_INFORMATION): Problem.INVALID_CREDENTIALS,
    int(StatusCode.UNABLE_TO_USE_CLIENT_API): Problem.NO_CALLBACK,
    int(StatusCode.UNSUPPORTED_VERSION): Problem.NO_COMMON_VERSION,
    int(StatusCode.MISSING_ENDPOINTS): Problem.MISSING_MODULE,
}


def of_response(response: OCPIResponse) -> HandshakeFailure:
    """The failure behind a response that is not ``ok``."""
    problem = _problem(response)
    fact = f"{response.method} {response.url}: {response.diagnosis}"
    return HandshakeFailure(problem, fact, _advice(problem, response), is_clean=_clean(response))


def _problem(response: OCPIResponse) -> Problem:
    if response.failure is not None:
        return _BY_FAILURE[response.failure]
    status = response.http_status or 0
    if status in _BY_HTTP and not (status == 405 and response.method == "GET"):
        return _BY_HTTP[status]
    if response.status_code is not None and response.status_code >= 2000:
        other = Problem.PARTNER_ERROR if response.status_code >= 3000 else Problem.REFUSED
        return _BY_STATUS.get(response.status_code, other)
    if status >= 500:
        return Problem.PARTNER_ERROR
    if status >= 400:
        return Problem.REFUSED
    return Problem.NOT_OCPI


def _clean(response: OCPIResponse) -> bool:
    if response.failure is not None:
        return response.failure.is_clean
    stated = response.status_code is not None and response.status_code >= 2000
    return stated or 400 <= (response.http_status or 0) <= 499


def _advice(problem: Problem, response: OCPIResponse) -> str:
    if problem == Problem.NO_CALLBACK:
        return (
            f"The partner calls {settings.BASE_URL}/ocpi/versions while it answers us: check that "
            "BASE_URL is the address under which partners reach this portal."
        )
    if problem == Problem.ALREADY_REGISTERED and response.method != "POST":
        return "The partner does not regard us as registered: register anew with a fresh token."
    return _ADVICE.get(problem, "")


_ADVICE = {
    Problem.ADDRESS_REFUSED: (
        "Ask the partner for an https address on the public internet; addresses in private "
        "networks need ALLOW_PRIVATE_ADDRESSES=on."
    ),
    Problem.NOT_REACHABLE: (
        "Check the host name and port in the versions URL, and with the partner whether its "
        "system is up and lets our address through its firewall."
    ),
    Problem.TLS: (
        "Ask the partner to check its certificate: it must be valid, complete and for this host."
    ),
    Problem.TIMEOUT: "Try again; if it stays like this, ask the partner whether its system is up.",
    Problem.UNAUTHORIZED: (
        "The token is wrong, used up or expired: ask the partner for a fresh one, and enter it "
        "exactly as given. It was tried in Base64 and as it is."
    ),
    Problem.NOT_FOUND: (
        "The versions URL is wrong: ask the partner for the full address, which usually ends in "
        "/versions."
    ),
    Problem.NOT_OCPI: (
        "What answers there is no OCPI system: check the versions URL, which usually ends in "
        "/versions."
    ),
    Problem.MISSING_MODULE: (
        "Ask the partner to enable the modules you agreed on for your parties and their roles."
    ),
    Problem.ALREADY_REGISTERED: (
        "The partner regards us as registered already: ask it to delete that registration and "
        "to issue a fresh token."
    ),
    Problem.INVALID_CREDENTIALS: (
        "Compare the names, identifiers and roles of your parties with what was agreed."
    ),
    Problem.PARTNER_ERROR: "Nothing is wrong on our side: tell the partner and try again later.",
}


def no_common_version(offered: list[str], wanted: str, ours: list[str]) -> HandshakeFailure:
    """The partner's versions do not include one we can use; ``ours`` are those it is offered."""
    speaks = ", ".join(dict.fromkeys(offered[:10])) or "none"
    if wanted and wanted not in ours:
        fact = f"Version {wanted} is not among those this partner is offered ({', '.join(ours)})."
    elif wanted:
        fact = f"Version {wanted} is not offered (offered: {speaks})."
    else:
        fact = f"No version in common: offered are {speaks}, we speak {', '.join(ours) or 'none'}."
    return HandshakeFailure(Problem.NO_COMMON_VERSION, fact, _version_advice(offered, wanted, ours))


def _version_advice(offered: list[str], wanted: str, ours: list[str]) -> str:
    if not ours:
        return (
            "OCPI 2.1.1 is about exactly one party of ours in one role: choose one under “Your "
            "parties it sees”, or offer further versions."
        )
    if wanted and wanted not in ours:
        return (
            "Change the versions that this partner is offered, in the settings of its connection."
        )
    old = sorted(set(offered) & _SUPERSEDED.keys())
    if old and not wanted:
        named = " and ".join(f"{_SUPERSEDED[v]} instead of {v}" for v in old)
        return (
            f"What it offers is outdated and not to be used any more: ask the partner for {named}."
        )
    return "Ask the partner for the versions URL of a system that offers one of ours."


# Deprecated by the specification, each for the one behind it (OCPI 2.3.0, VersionNumber).
_SUPERSEDED = {"2.0": "2.1.1", "2.1": "2.1.1", "2.2": "2.2.1"}


def missing_module(fact: str) -> HandshakeFailure:
    return HandshakeFailure(Problem.MISSING_MODULE, fact, _ADVICE[Problem.MISSING_MODULE])


def not_ocpi(fact: str) -> HandshakeFailure:
    return HandshakeFailure(Problem.NOT_OCPI, fact, _ADVICE[Problem.NOT_OCPI])


def address_refused(fact: str) -> HandshakeFailure:
    return HandshakeFailure(
        Problem.ADDRESS_REFUSED, fact, "Correct the address, or ask the partner for the right one."
    )
