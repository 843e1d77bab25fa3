"""What happens around the body of a contract test: deliveries are looked at after it, within the budget of the run."""

from __future__ import annotations

from doubles.judged import DoubleTargets
from greycard_schemas.loader import load_contracts
from greycard_suite.runner.run import Report, run_suite
from greycard_suite.targets.wire import Budget, BudgetSpentError

SPENT = "the budget is spent"
EDGES = "test_a_request_at_the_edge_of_its_rules_is_accepted"


def judged(vendor: str, *traits: str, budget: Budget, select: str = EDGES) -> Report:
    """One run of some tests over a double."""
    contracts = load_contracts([vendor])
    targets = DoubleTargets(contracts[vendor], traits)
    targets.budget = budget
    return run_suite(targets, contracts, started=0, select=select)[0]


class Ended(Budget):
    """A budget that is spent earlier than anybody has planned."""

    def __init__(self, requests: int) -> None:
        super().__init__()
        self.most = requests

    def take(self, credits: int) -> None:  # noqa: A002 - as above
        """Count, and refuse what is one too many."""
        if self.used_requests >= self.most:
            raise BudgetSpentError(SPENT)
        super().take(credits)


def test_a_budget_that_ends_while_deliveries_are_looked_at_breaks_no_test() -> None:
    """Results that only deliveries give are downloaded after the test: a budget spent there is one spent anywhere."""
    whole = Budget()
    assert judged("enhancor", budget=whole).status in (0, 3)
    for left_out in range(1, 5):
        report = judged("enhancor", budget=Ended(whole.used_requests - left_out))
        assert dict(report.failures) == {}
        assert not report.complete


def test_tries_that_may_have_cost_something_are_counted() -> None:
    """A create that is answered with HTTP 500 may have been carried out: each further try counts its credits."""
    plain, troubled = Budget(), Budget()
    judged("picwish", budget=plain, select="test_a_task_runs_to_an_end_that_stays")
    judged("picwish", "server_errors", budget=troubled, select="test_a_task_runs_to_an_end_that_stays")
    assert troubled.used_credits > plain.used_credits
