"""What paid jobs left over goes back into the month's budget."""

import logging

from reviewloop.adapters.costs import budget, guard
from reviewloop.config import load_config
from reviewloop.refs import BudgetRef

log = logging.getLogger(__name__)


def settle_budget() -> BudgetRef:
    """Ask AWS what became of every job whose money is reserved, and keep what it cost; returns how the month stands. Idempotent.

    A job that was killed is settled like any other, one that never began gives everything back, and one that AWS has forgotten
    nothing. ``warnings`` name those that could not be asked about; their money stays reserved.
    """
    now = guard.now()
    warnings = tuple(budget.settle_open(now))
    month, cap, state = f"{now:%Y-%m}", load_config().costs.month_cap_usd, budget.read()
    reserved = sum(one.usd for one in state.open() if one.month == month)
    counted = state.counted_usd(month)
    log.info("%s: %.2f of %.2f USD are spent or reserved, %.2f of them reserved", month, counted, cap, reserved)
    return BudgetRef(month=month, cap_usd=cap, counted_usd=counted, reserved_usd=reserved, warnings=warnings)
