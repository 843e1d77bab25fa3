"""One vendor as one test sees it: its address and credentials, its clock, what shall happen and what has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from greycard_mocks.testing import assertions
from greycard_mocks.testing.clock import VendorClock
from greycard_mocks.testing.images import Images

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from greycard_mocks.core.faults import Fault
    from greycard_mocks.core.journal import Entry
    from greycard_mocks.core.scenario import Scenario
    from greycard_mocks.core.world import World
    from greycard_mocks.engine.engine import Engine
    from greycard_mocks.web.wsgi_adapter import Session


class Host(Protocol):
    """What a vendor asks of the mock that it belongs to."""

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        ...

    @property
    def engine(self) -> Engine:
        """The engine behind it all."""
        ...

    @property
    def in_process(self) -> bool:
        """Whether only sessions of the mock reach it."""
        ...

    @property
    def client(self) -> Callable[[VendorMock], Any] | None:
        """Makes the client of a vendor."""
        ...

    def session(self) -> Session:
        """A session that reaches the mock without a socket."""
        ...

    def receiver(self, application: Callable[..., Any]) -> str:
        """The address of a receiver in this process."""
        ...

    def taken(self, vendor: str) -> list[World]:
        """The worlds of a vendor that somebody has."""
        ...

    def give_back(self, world: World) -> None:
        """Forget a world."""
        ...

    def vendor(
        self,
        name: str,
        credential: str | None = None,
        *,
        clock: str | None = None,
        speed: float | None = None,
        **variants: str,
    ) -> VendorMock:
        """Another world, at this vendor or another."""
        ...


class VendorMock:
    """One world of one vendor. `clock`, `images` and the world itself are attributes."""

    def __init__(self, mock: Host, world: World) -> None:
        self.mock = mock
        self.world = world
        self.name = world.runtime.name
        self.clock = VendorClock(mock.engine.time, world)
        self.images = Images(lambda: mock.url)
        self._unmatched_before = mock.engine.worlds.unmatched.count
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
        """A `requests` session that carries the credentials and reaches the mock; closed with the world."""
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

    def scenario(self, outcome: str | int | None = None, **wanted: Any) -> Scenario:
        """Say what shall happen to the next task by the fields of `core.scenario.Scenario`; `count=None`: to all tasks.

        `stuck` is for ever, but where the vendor's document limits how long a task takes: PicWish's fail after 30 s.
        Raises ScenarioError, which says what the vendor has, for a state or operation that it has not.
        """
        from greycard_mocks.core.scenario import make_scenario

        return self.world.add_scenario(make_scenario(outcome=outcome, **wanted))

    def fault(self, kind: str, /, **options: Any) -> Fault:
        """Switch a fault on; `core.faults.KINDS` has the kinds and their options.

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

        The only world of a vendor that a test has speaks for the vendor: what is set by this, `set_drifts` and
        `set_freedoms` holds for a wrong key and an unknown path too. With several worlds it holds for the requests
        with this world's key; `Mock.change` is for all. Raises ContractError where there is no such variant.
        """
        self._change(variants)

    def _change(
        self,
        variants: Mapping[str, str] | None = None,
        drifts: Sequence[str] | None = None,
        freedoms: Sequence[str] | int | None = None,
    ) -> None:
        beside = self.mock.taken(self.name)
        self.mock.engine.variants.change(self.world, variants, drifts, freedoms, beside=beside)

    def use_preset(self, name: str) -> None:
        """Be as a preset has this vendor (see `greycard presets`): its variants, and what each task does by default.

        Raises ContractError for a preset that there is not.
        """
        self.mock.engine.variants.use_preset(self.world, name, beside=self.mock.taken(self.name))

    def deliver(self, task: str, url: str | None = None) -> Entry:
        """Send the callback or webhook of a task that has ended once more, to another address where one is given.

        Returns the attempt. Raises LookupError when there is nothing to send.
        """
        self.mock.engine.deliveries.again(self.world, task, url)
        return self.deliveries[-1]

    def set_drifts(self, *drifts: str) -> None:
        """Depart from the document in these ways, such as ``rate.limit-up`` (see `greycard drifts`); none ends it.

        Raises ContractError, which names near ids, for a drift that the vendor does not have, and for one that shows in
        requests without a valid key only, when there are several worlds of the vendor: use `Mock.change`.
        """
        self._change(drifts=drifts)

    def set_freedoms(self, *freedoms: str, seed: int | None = None) -> tuple[str, ...]:
        """Do otherwise what no document states, such as ``free.json-reversed`` (see `greycard freedoms`); none ends it.

        A `seed` draws freedoms in place of ids: a whole faithful vendor, the same for the same seed. Returns the ids
        in force. Raises ContractError, which names near ids, for a freedom that the vendor does not have.
        """
        if freedoms and seed is not None:
            msg = "set_freedoms takes ids or a seed, not both"
            raise ValueError(msg)
        self._change(freedoms=freedoms if seed is None else seed)
        return self.world.freedoms

    @property
    def requests(self) -> list[Entry]:
        """The requests with this world's credential, oldest first, refused and unmatched ones included."""
        return self.world.journal.of_kind("request")

    @property
    def downloads(self) -> list[Entry]:
        """The downloads of results, oldest first, refused ones included; they need no credential."""
        return self.world.journal.of_kind("download")

    @property
    def deliveries(self) -> list[Entry]:
        """The delivery attempts, oldest first."""
        return self.world.journal.of_kind("delivery")

    @property
    def clock_moves(self) -> list[Entry]:
        """The moves of an `auto` clock, oldest first: `from`, `to`, `seconds`, and the `reason`."""
        return self.world.journal.of_kind("clock")

    @property
    def warnings(self) -> list[Entry]:
        """What greycard warned of in this world: polls that nothing could answer otherwise; `reason` has the words."""
        return self.world.journal.of_kind("warning")

    @property
    def unmatched(self) -> list[Entry]:
        """Requests for a path or method that the vendor lacks; `reason` names the nearest operation."""
        return [entry for entry in self._all_requests() if entry.facts.get("unmatched")]

    @property
    def refused(self) -> list[Entry]:
        """Requests and downloads that got an error or made a task that fails, those of unknown credentials too."""
        found = [*self._all_requests(), *self.downloads]
        return sorted((entry for entry in found if entry["reason"]), key=lambda entry: entry.at)

    def _all_requests(self) -> list[Entry]:
        unmatched = self.mock.engine.worlds.unmatched.of_kind("request")
        mine = [one for one in unmatched if one.number > self._unmatched_before and one["vendor"] in (self.name, None)]
        return sorted([*self.requests, *mine], key=lambda entry: entry.at)

    def assert_requested(
        self,
        operation: str,
        *,
        times: int | None = None,
        values: Mapping[str, Any] | None = None,
        status: int | None = None,
    ) -> list[Entry]:
        """The requests for `operation` that hold all of `values`; downloads of results are the operation "result".

        Fails when there is none, or not `times` of them.
        """
        __tracebackhide__ = True
        found, message = assertions.requested(
            self.world, operation, times=times, values=values or {}, status=status, unmatched=self.unmatched
        )
        return found if message is None else _fail(message)

    def assert_delivered(
        self, task: str | None = None, *, times: int | None = None, outcome: str = "acknowledged"
    ) -> list[Entry]:
        """The delivery attempts (of one task) that ended in `outcome`: acknowledged, failed or lost.

        Fails when there is none, or not `times` of them.
        """
        __tracebackhide__ = True
        found, message = assertions.delivered(self.world, task, times=times, outcome=outcome)
        return found if message is None else _fail(message)

    def assert_no_refusals(self) -> None:
        """Fails, and names the documents' lines, when a request was refused, unmatched, or made a task that fails."""
        __tracebackhide__ = True
        message = assertions.refusals(self.world.runtime, self.refused)
        if message is not None:
            _fail(message)

    def reset(self) -> None:
        """Forget tasks, scenarios, faults and journal; clock, callback address and variants stay."""
        self._unmatched_before = self.mock.engine.worlds.unmatched.count
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

    def har(self) -> dict[str, Any]:
        """The journal as an HTTP Archive (HAR 1.2), ready for `json.dump`; a browser's developer tools open it."""
        from greycard_mocks.engine.har import har_of_world

        return har_of_world(self.world)

    def close(self) -> None:
        """Forget the world; close the client and the sessions."""
        while self._sessions:
            self._sessions.pop().close()
        if self._client is not None:
            self._client.close()
            self._client = None
        self.mock.give_back(self.world)


def _fail(message: str) -> NoReturn:
    __tracebackhide__ = True
    raise AssertionError(message)
