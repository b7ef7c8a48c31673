"""Contract IDs: eMI3 (IDACS), ISO 15118 (EMAID) and DIN SPEC 91286 (EVCO-ID).

All three begin with the party that made the contract. eMI3 and ISO have an instance of nine characters, which in
eMI3 begins with C for contract, and a check character over the fourteen before it; DIN has six, and one over eleven.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from ocpi.identifiers.check_characters import din_check_character, iso_check_character
from ocpi.identifiers.errors import NotAnId, WrongCheckCharacter
from ocpi.identifiers.scanning import ALPHANUMERIC, DIGITS, Scanner
from ocpi.ids import PartyId

_SEPARATORS = "-*"
_INSTANCE_OF_EMI3 = 9
_INSTANCE_OF_DIN = 6


class Form(Enum):
    """How a contract ID is built. What is EMI3 is a valid ISO as well."""

    EMI3 = "eMI3"
    ISO = "ISO 15118"
    DIN = "DIN SPEC 91286"


class ContractId(NamedTuple):
    """A contract ID taken apart, in upper case.

    ``given`` is the check character as it was written, empty where there was none.
    """

    country_code: str
    party_id: str
    instance: str
    given: str
    form: Form

    @classmethod
    def parse(cls, text: str, form: Form | None = None) -> ContractId:
        """Read a contract ID in any case, with separators or without; with ``form`` only one of that form.

        Fourteen characters have no check character, fifteen have one; eleven and twelve are DIN. Raises
        :class:`NotAnId`, with :class:`WrongCheckCharacter` and :class:`NotACountry` as its kinds.
        """
        found = cls.read(text, form)
        scanner = Scanner(text)
        if found.given and found.given != found.check:
            raise WrongCheckCharacter(scanner.text, len(scanner.text) - 1, found.given, found.check)
        scanner.issued(found.country_code)
        return found

    @classmethod
    def read(cls, text: str, form: Form | None = None) -> ContractId:
        """As :meth:`parse`, but a wrong check character and a country that is none are let through.

        What partners send is often wrong there, and is still somebody's contract.
        """
        scanner = Scanner(text)
        country, party = scanner.party(_SEPARATORS)
        scanner.skip(_SEPARATORS)
        is_din = form is Form.DIN or (form is None and _is_as_long_as_din(scanner.rest))
        length = _INSTANCE_OF_DIN if is_din else _INSTANCE_OF_EMI3
        if form is Form.EMI3 and scanner.rest[:1] != "C":
            raise scanner.wrong("a contract ID of eMI3 has a C here, for contract")
        words = f"the instance needs {length} letters or digits"
        instance = scanner.take(length, ALPHANUMERIC, words)
        given = _check_character(scanner, is_din=is_din)
        if is_din:
            return cls(country, party, instance, given, Form.DIN)
        kind = Form.EMI3 if instance.startswith("C") and form is not Form.ISO else Form.ISO
        return cls(country, party, instance, given, kind)

    @classmethod
    def find(cls, text: str) -> ContractId | None:
        """As :meth:`read`; ``None`` for a text of no form."""
        try:
            return cls.read(text)
        except NotAnId:
            return None

    @property
    def party(self) -> PartyId:
        """Whose customer it is."""
        return PartyId(self.country_code, self.party_id)

    @property
    def body(self) -> str:
        """Everything but the check character, without separators: 14 characters, in DIN 11."""
        return self.country_code + self.party_id + self.instance

    @property
    def check(self) -> str:
        """The right check character."""
        checked = din_check_character if self.form is Form.DIN else iso_check_character
        return checked(self.body)

    @property
    def is_right(self) -> bool:
        """Whether the check character that was given is right, or none was given."""
        return self.given in ("", self.check)

    @property
    def compact(self) -> str:
        """Without separators, with the right check character."""
        return self.body + self.check

    @property
    def key(self) -> str:
        """What two spellings of one contract have in common: the body, of a DIN contract that of its eMI3 form.

        Hubs compare the fourteen characters and pass over the check character, which is often wrong or left out.
        """
        return self.to_emi3().body if self.form is Form.DIN else self.body

    def __str__(self) -> str:
        """The usual way of writing it, with the right check character: ``NL-TNM-C00122045-K``."""
        return "-".join((self.country_code, self.party_id, self.instance, self.check))

    def without_check_character(self) -> str:
        """``NL-TNM-C00122045``: as some partners want it."""
        return "-".join((self.country_code, self.party_id, self.instance))

    def to_emi3(self) -> ContractId:
        """The same contract as eMI3: of DIN, ``C0``, the six characters and their check character.

        Raises ``ValueError`` for an ISO contract ID that does not begin with C: there is no rule for it.
        """
        if self.form is Form.DIN:
            return self._with(f"C0{self.instance}{self.check}", Form.EMI3)
        if not self.instance.startswith("C"):
            raise ValueError(f"{self} has no eMI3 form: its instance does not begin with C")
        return self._with(self.instance, Form.EMI3)

    def to_iso(self) -> ContractId:
        """The same contract as ISO 15118 writes it: eMI3 unchanged, DIN by its eMI3 form."""
        source = self.to_emi3() if self.form is Form.DIN else self
        return source._with(source.instance, Form.ISO)

    def to_din(self) -> ContractId:
        """The same contract as DIN SPEC 91286 writes it.

        Raises ``ValueError`` where it was not one before: the instance must be ``C0``, six characters and the
        check character that DIN has for them.
        """
        if self.form is Form.DIN:
            return self._with(self.instance, Form.DIN)
        if not self.instance.startswith("C0"):
            raise ValueError(f"{self} has no DIN form: its instance does not begin with C0")
        found = self._with(self.instance[2:8], Form.DIN)
        if found.check != self.instance[8]:
            raise ValueError(
                f"{self} has no DIN form: {self.instance[8]} is not the check character of {found.body}"
            )
        return found

    def to_legacy_iso(self) -> ContractId:
        """A DIN contract with ``00`` before it, as it was once written in ISO 15118; not to be used any more.

        Raises ``ValueError`` for other forms.
        """
        if self.form is not Form.DIN:
            raise ValueError(f"{self} is not a contract ID of DIN SPEC 91286")
        return self._with(f"00{self.instance}{self.check}", Form.ISO)

    def _with(self, instance: str, form: Form) -> ContractId:
        bare = ContractId(self.country_code, self.party_id, instance, "", form)
        return bare._replace(given=bare.check)


def make_contract_id(party: PartyId, number: str) -> ContractId:
    """A contract ID of eMI3 from the eight characters after the C. Raises :class:`NotAnId`."""
    return ContractId.parse(f"{party.country_code}{party.party_id}C{number}", Form.EMI3)


def _is_as_long_as_din(rest: str) -> bool:
    bare = rest.replace("-", "").replace("*", "")
    return len(bare) in (_INSTANCE_OF_DIN, _INSTANCE_OF_DIN + 1)


def _check_character(scanner: Scanner, *, is_din: bool) -> str:
    scanner.skip(_SEPARATORS)
    if not scanner.rest:
        return ""
    allowed = DIGITS | {"X"} if is_din else ALPHANUMERIC
    what = (
        "the check character is a digit or X"
        if is_din
        else "the check character is a letter or digit"
    )
    given = scanner.take(1, allowed, what)
    scanner.end()
    return given


__all__ = ["ContractId", "Form", "NotAnId", "make_contract_id"]
