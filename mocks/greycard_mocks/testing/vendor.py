"""One vendor as one test sees it.

Its address and credentials, its clock, what shall happen and what has happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from greycard_mocks.testing import assertions
from greycard_mocks.testing.clock import VendorClock
from greycard_mocks.testing.images import Images

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from greycard_mocks.core.faults import Fault
    from greycard_mocks.core.journal import Entry
    from greycard_mocks.core.scenario import Scenario
    from greycard_mocks.core.world import World
    from greycard_mocks.testing.mock import Mock
    from greycard_mocks.web.wsgi_adapter import Session


class VendorMock:
    """One world of one vendor. `clock`, `images` and the world itself are attributes."""

    def __init__(self, mock: Mock, world: World) -> None:
        self.mock = mock
        self.world = world
        self.name = world.runtime.name
        self.clock = VendorClock(mock.engine, world)
        self.images = Images(mock)
        self._strangers_before = mock.engine.strangers.count
        self._client: Any = None
        self._sessions: list[Session] = []

    @property
    def url(self) -> str:
        """The base address to give to an application instead of the vendor's own."""
        return self.mock.url

    @property
    def credentials(self) -> dict[str, str]:
        """What the vendor's client wants: api_key, or token, or app_key and app_secret."""
        from greycard_schemas.auth import known_secrets

        values = known_secrets(self.world.runtime.auth, self.world.credential)
        return dict(zip(self.world.runtime.vendor.credentials, values, strict=False))

    @property
    def headers(self) -> dict[str, str]:
        """The request header that carries the credentials, for an HTTP client of your own.

        Not enough for a vendor that wants every request signed: see `sign`.
        """
        return self.world.runtime.scheme.fixed(self.world.runtime.auth, tuple(self.credentials.values()))

    def sign(self, request: Any) -> Any:
        """Give a prepared request of `requests` the credentials: ``requests.post(url, auth=vendor.sign)``."""
        from greycard_schemas.auth import signed

        return signed(self.world.runtime.auth, tuple(self.credentials.values()), request, self.world.clock.now())

    @property
    def client(self) -> Any:
        """greycard_client's client of this vendor, on this world's clock.

        Raises RuntimeError where nobody gave one.
        """
        if self._client is None:
            if self.mock.client is None:
                msg = "this Mock was made without a client; use the pytest fixtures, or give Mock(client=...)"
                raise RuntimeError(msg)
            self._client = self.mock.client(self)
        return self._client

    def session(self) -> Session:
        """A `requests` session that carries the credentials and reaches the mock under `url`.

        Closed with the world.
        """
        from greycard_mocks.web.wsgi_adapter import new_session

        session = self.mock.session() if self.mock.in_process else new_session()
        session.headers.update(self.headers)
        if self.world.runtime.scheme.signs:
            session.auth = self.sign
        self._sessions.append(session)
        return session

    def receiver(self, application: Callable[..., Any]) -> str:
        """As `Mock.receiver`."""
        return self.mock.receiver(application)

    def scenario(self, outcome: str | int | None = None, **wishes: Any) -> Scenario:
        """What shall happen to the next task.

        See `scenario.Scenario` for the wishes, `count=None` for all tasks.

        Raises ScenarioError, which says what the vendor has, for a state or operation that it has not.
        """
        from greycard_mocks.core.scenario import make_scenario

        return self.world.add_scenario(make_scenario(outcome=outcome, **wishes))

    def fault(self, kind: str, **options: Any) -> Fault:
        """Switch a fault on; see `faults` for kinds and options.

        Raises FaultError, which says what is possible.
        """
        return self.world.add_fault(kind, **options)

    def set_balance(self, units: float) -> None:
        """What the account has left; raises SettingError where the vendor knows no balance."""
        self._set(balance=units)

    def set_rate_limit(self, requests: int | None) -> None:
        """Requests in the vendor's window (None: no limit); raises SettingError where it knows no limit."""
        self._set(rate_limit=requests)

    def set_queue(self, length: int) -> None:
        """How many tasks wait before a new one."""
        self._set(queue_length=length)

    def set_link_life(self, seconds: float | None) -> None:
        """How long result links can be used after the end of their task (None: for ever)."""
        self._set(link_life=seconds)

    def set_callback_url(self, url: str | None) -> None:
        """Where the account's callbacks go; raises SettingError where each request names its own address."""
        self._set(callback_url=url)

    def _set(self, **settings: Any) -> None:
        from greycard_mocks.core.settings import apply_settings

        apply_settings(self.world, settings)

    def set_variants(self, **variants: str) -> None:
        """Behave by another reading of the document; variants that are not named stay as they are.

        Raises ContractError where there is no such variant.
        """
        from greycard_mocks.engine.variants import change_reading

        change_reading(self.mock.engine, self.world, variants)

    def set_drifts(self, *drifts: str) -> None:
        """Depart from the document in these ways, such as ``rate.limit-up`` (see `greycard drifts`); none ends it.

        Raises ContractError, which names near ids, for a drift that the vendor does not have.
        """
        from greycard_mocks.engine.variants import change_reading

        change_reading(self.mock.engine, self.world, drifts=drifts)

    @property
    def requests(self) -> list[Entry]:
        """The requests with this world's credential, oldest first, refused and unmatched ones included."""
        return self.world.journal.of_kind("request")

    @property
    def deliveries(self) -> list[Entry]:
        """The delivery attempts, oldest first."""
        return self.world.journal.of_kind("delivery")

    @property
    def unmatched(self) -> list[Entry]:
        """Requests for a path or method that the vendor lacks; `reason` names the nearest operation."""
        return [entry for entry in self._all_requests() if entry.facts.get("unmatched")]

    @property
    def refused(self) -> list[Entry]:
        """Requests that got an error or made a task that fails, with the reason.

        Those of unknown credentials too.
        """
        return [entry for entry in self._all_requests() if entry["reason"]]

    def _all_requests(self) -> list[Entry]:
        strangers = self.mock.engine.strangers.of_kind("request")
        mine = [one for one in strangers if one.number > self._strangers_before and one["vendor"] in (self.name, None)]
        return sorted([*self.requests, *mine], key=lambda entry: entry.at)

    def assert_requested(
        self,
        operation: str,
        *,
        times: int | None = None,
        values: Mapping[str, Any] | None = None,
        status: int | None = None,
    ) -> list[Entry]:
        """The requests for `operation` that hold all of `values`.

        Fails when there is none, or not `times` of them.
        """
        __tracebackhide__ = True
        found, message = assertions.requested(self, operation, times=times, values=values or {}, status=status)
        return found if message is None else _fail(message)

    def assert_delivered(
        self, task: str | None = None, *, times: int | None = None, outcome: str = "acknowledged"
    ) -> list[Entry]:
        """The delivery attempts (of one task) that ended in `outcome`: acknowledged, failed or lost.

        Fails as above.
        """
        __tracebackhide__ = True
        found, message = assertions.delivered(self, task, times=times, outcome=outcome)
        return found if message is None else _fail(message)

    def assert_no_refusals(self) -> None:
        """Fails when a request was refused, unmatched, or made a task that is bound to fail.

        Names the lines.
        """
        __tracebackhide__ = True
        message = assertions.refusals(self)
        if message is not None:
            _fail(message)

    def reset(self) -> None:
        """Forget tasks, scenarios, faults and journal; clock, callback address and variants stay."""
        self._strangers_before = self.mock.engine.strangers.count
        self.world.reset()

    def export(self) -> dict[str, Any]:
        """The whole state as plain JSON, without the journal."""
        from greycard_mocks.engine.snapshot import export_world

        return export_world(self.mock.engine, self.world)

    def load(self, exported: Mapping[str, Any]) -> None:
        """Replace the state by an exported one.

        Raises WorldFileError, and changes nothing, when it does not fit.
        """
        from greycard_mocks.engine.snapshot import import_world

        import_world(self.mock.engine, self.world, exported)

    def close(self) -> None:
        """Forget the world; close the client and the sessions."""
        while self._sessions:
            self._sessions.pop().close()
        if self._client is not None:
            self._client.close()
            self._client = None
        self.mock.engine.forget(self.world)


def _fail(message: str) -> NoReturn:
    __tracebackhide__ = True
    raise AssertionError(message)
