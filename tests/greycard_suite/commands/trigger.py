"""`greycard trigger`: sends a vendor's callback or webhook to an address of the user's, or sends one again.

It asks a running `greycard serve`, or starts a mock of its own for the moment; what is sent leaves through the mock's
own guard, and stands in its journal.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from greycard_mocks.clock import SystemClock
from greycard_schemas.nearest import similar
from greycard_suite.commands.serving.greeting import KEY, LISTEN
from greycard_suite.terminal import say

if TYPE_CHECKING:
    from requests import Session

    from greycard_schemas.loader import Vendor

SERVER = "http://127.0.0.1:8420"
PATIENCE = 15.0
"""Seconds in which a new task must have been delivered."""


@dataclass(frozen=True, slots=True)
class Mocked:
    """One world of a running mock, over its control plane."""

    http: Session
    server: str
    vendor: Vendor
    key: str

    def ask(self, method: str, place: str, body: Any = None) -> dict[str, Any]:
        """One request to the world's control plane; raises ClickException with what it says when it refuses."""
        from requests import RequestException

        url = f"{self.server}/_mock/worlds/{self.vendor.name}:{self.key}{place}"
        try:
            answer = self.http.request(method, url, json=body, timeout=30)
            told: dict[str, Any] = answer.json()
        except RequestException:
            msg = (
                f"no mock answers at {self.server}; start 'greycard serve', or give --server with the address that it "
                "printed"
            )
            raise click.ClickException(msg) from None
        if answer.status_code >= 400:
            raise click.ClickException(str(told.get("detail", answer.status_code)))
        return told

    def create(self, to: str) -> None:
        """One task whose delivery goes to `to`; raises ClickException when the mock refuses it."""
        from greycard_schemas.auth import known_secrets, signed
        from greycard_schemas.examples.requests import addressed, base_request

        delivery = self.vendor.of_kind("delivery")[0]
        operation = self.vendor.operations[delivery.contract["create"]]
        values = addressed(base_request(operation), f"{self.server}/_mock/images/400x300.jpg", to)
        auth = self.vendor.data["auth"]
        secrets = known_secrets(auth, self.key)
        answer = self.http.post(
            f"{self.server}{operation.path}", json=values, timeout=30,
            auth=lambda request: signed(auth, secrets, request, SystemClock().now()),
        )  # fmt: skip
        if "X-Greycard-Reason" in answer.headers:
            raise click.ClickException(f"the mock refuses the task: {answer.headers['X-Greycard-Reason']}")


@click.command()
@click.argument("vendor")
@click.option("--task", metavar="ID", help="Send what tells of this task once more; it must have ended.")
@click.option("--outcome", metavar="STATE", help="How the task ends, such as failed; succeeded when not given.")
@click.option(
    "--to", metavar="URL", help=f"Where to; {LISTEN}, where 'greycard listen' is, when nothing else is known."
)
@click.option("--server", metavar="URL", help=f"A running 'greycard serve'; with --task {SERVER} when not given.")
@click.option("--key", default=KEY, show_default=True, help="The credential whose world it is; it signs the delivery.")
@click.option(
    "--control-token", envvar="GREYCARD_CONTROL_TOKEN", show_envvar=True, help="As 'greycard serve' printed it."
)
def trigger(
    vendor: str,
    *,
    task: str | None,
    outcome: str | None,
    to: str | None,
    server: str | None,
    key: str,
    control_token: str | None,
) -> None:
    """Send a vendor's callback or webhook to your address.

    It tells of a new task, or once more of one that there is.
    """
    from greycard_mocks.web.wsgi_adapter import new_session

    if task is not None and outcome is not None:
        msg = "--outcome is for a new task; the one that --task names has ended already"
        raise click.UsageError(msg)
    if not key.startswith("test"):
        msg = "--key must begin with 'test'; the mock refuses every other one"
        raise click.UsageError(msg)
    if server is not None and not server.lower().startswith(("http://", "https://")):
        msg = f"--server {server!r}: write the whole address, such as {SERVER}"
        raise click.UsageError(msg)
    chosen = _chosen(vendor)
    with ExitStack() as stack:
        if server is None:
            server = SERVER if task is not None else _own(stack, vendor, to or LISTEN)
        http = stack.enter_context(new_session())
        if control_token:
            http.headers["Authorization"] = f"Bearer {control_token}"
        mocked = Mocked(http, server.rstrip("/"), chosen, key)
        if task is not None:
            body = {"task": task} if to is None else {"task": task, "url": to}
            found = mocked.ask("POST", "/deliveries", body)["entries"][-1]
        else:
            found = _of_new_task(mocked, to, outcome)
        _tell(found)
        if found["outcome"] != "acknowledged":
            raise click.exceptions.Exit(1)


def _chosen(name: str) -> Vendor:
    """The vendor; raises UsageError when it is none that delivers."""
    from greycard_schemas.loader import load_contracts

    vendors = {one.name: one for one in load_contracts().values() if one.of_kind("delivery")}
    if name not in vendors:
        msg = f"{name!r} sends no callbacks or webhooks; choose from {', '.join(vendors)}{similar(name, vendors)}"
        raise click.UsageError(msg)
    return vendors[name]


def _own(stack: ExitStack, vendor: str, to: str) -> str:
    """The address of a mock that lasts as long as the command."""
    from greycard_mocks import Mock
    from greycard_mocks.egress.allow import allowance_of
    from greycard_mocks.egress.guard import EgressError

    try:
        allow = [allowance_of(to)]
    except EgressError as error:
        msg = f"--to must be an absolute http or https URL: {error}"
        raise click.UsageError(msg) from None
    return stack.enter_context(Mock([vendor], clock="real", allow=allow)).url


def _of_new_task(mocked: Mocked, to: str | None, outcome: str | None) -> dict[str, Any]:
    """The first attempt that tells of a task made for it; the account's own address is put back."""
    by_account = any("account" in one.contract["address"] for one in mocked.vendor.of_kind("delivery"))
    account = mocked.ask("GET", "/settings")["callback_url"] if by_account else None
    seen = {entry["number"] for entry in mocked.ask("GET", "/deliveries")["entries"]}
    mocked.ask("POST", "/scenarios", {"outcome": outcome or "succeeded", "finish": 0})
    address = to or account or LISTEN
    if by_account and address != account:
        mocked.ask("PATCH", "/settings", {"callback_url": address})
    try:
        mocked.create(address)
        return _delivered(mocked, seen)
    finally:
        if by_account and address != account:
            mocked.ask("PATCH", "/settings", {"callback_url": account})


def _delivered(mocked: Mocked, seen: set[int]) -> dict[str, Any]:
    clock = SystemClock()
    end = clock.now() + PATIENCE
    while clock.now() < end:
        for entry in mocked.ask("GET", "/deliveries")["entries"]:
            if entry["number"] not in seen:
                found: dict[str, Any] = entry
                return found
        clock.sleep(0.05)
    msg = f"nothing was delivered within {PATIENCE:g} s; is the clock of this world frozen, or a fault switched on?"
    raise click.ClickException(msg)


def _tell(entry: dict[str, Any]) -> None:
    how = f"{entry['outcome']}, HTTP {entry['status']}" if entry["status"] else entry["outcome"]
    say(f"task {entry['task']}, attempt {entry['attempt']} to {entry['url']}: {how}")
    if entry["reason"]:
        say(f"  {entry['reason']}")
    say(f"  {json.dumps(entry.get('body'))}")
