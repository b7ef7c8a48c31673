"""Charges that go on by themselves: from step to step on the agenda, with what goes wrong."""

from collections.abc import Callable

from simulator.charges.agenda import Agenda
from simulator.charges.book import RUNNING, Book, Charge, Phase
from simulator.charges.mishaps import Chance, Mishap
from simulator.charges.operator import NotPossibleError, Operator
from simulator.charges.pace import PaceSwitch
from simulator.cpo import Cpo

PENDING_SECONDS = 10.0
CDR_SECONDS = 3.0
RETRY_SECONDS = 15.0
CREDIT_SECONDS = 20.0
# A session that fell silent ends after all, long after whoever watches has noticed.
SILENT_SECONDS = 900.0
# What was going on when the process ended is ended soon after it begins again.
RESTART_SECONDS = 2.0


class Life:
    """Plans the next step of a charge after each."""

    def __init__(
        self,
        agenda: Agenda,
        pace: PaceSwitch,
        book: Book,
        operator: Operator,
        cpo: Cpo,
        chance: Chance,
    ) -> None:
        self._agenda = agenda
        self._pace = pace
        self._book = book
        self._operator = operator
        self._cpo = cpo
        self._chance = chance

    def resume(self) -> None:
        """End the charges that a former process left behind."""
        for found in self._book.all(*RUNNING, Phase.COMPLETED):
            with self._book.changing(found.id) as charge:
                charge.automatic = True
            if charge.phase in RUNNING:
                self._cpo.keep(charge.evse)
                self._later(RESTART_SECONDS, charge, self._stop)
            elif charge.mishap != Mishap.NO_CDR:
                self._later(RESTART_SECONDS, charge, self._send_cdr)

    def plan(self, charge: Charge) -> None:
        """Do the next step of an automatic charge when it is time."""
        if not charge.automatic:
            return
        match charge.phase:
            case Phase.RESERVED:
                self._later(self._pace.now.charge_seconds, charge, self._arrive)
            case Phase.PENDING:
                self._later(PENDING_SECONDS, charge, self._activate)
            case Phase.ACTIVE:
                self._plan_active(charge)
            case Phase.COMPLETED if charge.mishap != Mishap.NO_CDR:
                self._later(CDR_SECONDS, charge, self._send_cdr)
            case Phase.DONE if charge.mishap == Mishap.CREDIT and len(charge.cdr_ids) == 1:
                self._later(CREDIT_SECONDS, charge, self._correct)

    def _plan_active(self, charge: Charge) -> None:
        pace = self._pace.now
        step = pace.charge_seconds / (pace.updates + 1)
        if charge.mishap == Mishap.SILENT and charge.updates:
            self._later(SILENT_SECONDS, charge, self._stop)
        elif charge.mishap == Mishap.INVALID and charge.updates:
            self._later(step, charge, self._invalidate)
        elif charge.updates >= pace.updates:
            self._later(step, charge, self._stop)
        else:
            self._later(step, charge, self._update)

    def _later(self, seconds: float, charge: Charge, step: "Step") -> None:
        charge_id = charge.id
        self._agenda.after(self._chance.about(seconds), lambda: self._do(charge_id, step))

    def _do(self, charge_id: str, step: "Step") -> None:
        try:
            charge = step(charge_id)
        except (NotPossibleError, LookupError):
            # A command or a program was quicker; it plans what comes next.
            return
        if charge is not None:
            self.plan(charge)

    def _activate(self, charge_id: str) -> Charge:
        return self._operator.go_active(charge_id)

    def _arrive(self, charge_id: str) -> Charge:
        """The driver of a reservation comes, or does not."""
        if self._chance.strikes("arrival"):
            return self._operator.invalidate(charge_id)
        return self._operator.go_active(charge_id)

    def _update(self, charge_id: str) -> Charge:
        return self._operator.update(charge_id)

    def _stop(self, charge_id: str) -> Charge:
        return self._operator.stop(charge_id)

    def _invalidate(self, charge_id: str) -> Charge:
        return self._operator.invalidate(charge_id)

    def _send_cdr(self, charge_id: str) -> Charge | None:
        self._operator.retell(charge_id)
        self._operator.send_cdr(charge_id)
        charge = self._book.get(charge_id)
        if charge is not None and charge.phase is Phase.COMPLETED:
            self._later(RETRY_SECONDS, charge, self._send_cdr)
            return None
        return charge

    def _correct(self, charge_id: str) -> None:
        self._operator.send_cdr(charge_id, credit=True)


Step = Callable[[str], Charge | None]
