"""Whether a plain request is carried out at all; if not, which documented statement is to blame.

It runs before all other tests: a vendor that refuses plain requests would otherwise seem to break every rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from greycard_suite.contract.declare import Case, suite_test
from greycard_suite.judge import read_answer
from greycard_suite.probing.accepted import accepted_task

if TYPE_CHECKING:
    from collections.abc import Iterable

    from greycard_schemas.loader import Vendor
    from greycard_suite.targets.target import Target


def _creates(vendor: Vendor) -> Iterable[Case]:
    for operation in vendor.of_kind("create"):
        needs = ("links",) if "file" not in operation.contract.get("pictures", {}) else ()
        yield Case(operation.name, operation.name, needs=needs)


@suite_test(
    "*#request/*",
    "*#path",
    "*#method",
    "*#encodings",
    "*#paths/*",
    "*#result/automatic/*",
    "#auth/*",
    "*#pictures/*",
    cases=_creates,
    requests=14,
    credits=1,
)
def test_a_plain_request_is_accepted(target: Target, case: Case) -> None:
    """The smallest documented request is carried out; if not, the change that helps shows what has drifted."""
    operation = target.vendor.operations[case.data]
    task = accepted_task(target, operation)
    if task is None or task.phase != "succeeded":
        return
    read = target.vendor.operations[operation.contract["read"]]
    for link in read_answer.result_links(read, task.last)[:1]:
        target.download(link)
