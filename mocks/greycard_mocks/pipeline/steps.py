"""The way of one request, to be read from top to bottom: `way`, and the steps in the order of `steps_of`.

Each step is a plain function of the services and one `Exchange`. It returns None to go on; the first Refusal,
Answer or Said wins. The six `checks` stand in the vendor's own order (`order` in its data). Whatever came of the
steps is rendered, changed by the fault that struck, journalled, and handed to the web room to be sent.
Before whatever may take long the way halts (`HALTS`), so that a server can go on with other requests meanwhile.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from greycard_mocks.answers.values import NAMES, View, fresh_name
from greycard_mocks.core.answer import Answer, Refusal
from greycard_mocks.core.exchange import Exchange, Said
from greycard_mocks.core.faults import KINDS
from greycard_mocks.core.halt import BLOCKS, Pause, Within
from greycard_mocks.core.manners import AS_USUAL
from greycard_mocks.core.world import ANYONE
from greycard_mocks.pipeline.checks import CHECKS, OF_CREATES, authenticate, parse
from greycard_mocks.pipeline.downloads import of_no_world, picture_of, result_named
from greycard_mocks.pipeline.halts import (
    before_body,
    before_deliveries,
    before_download,
    before_pictures,
    before_refusing,
    before_rendering,
    before_signature,
)
from greycard_mocks.pipeline.journalling import journal
from greycard_mocks.pipeline.near_miss import unmatched
from greycard_mocks.pipeline.operations import carry_out
from greycard_mocks.pipeline.picture_checks import look_at_pictures
from greycard_mocks.pipeline.refusals import error_answer, forced, reason_of
from greycard_mocks.pipeline.remedy import advised
from greycard_mocks.pipeline.sending import add_headers
from greycard_mocks.pipeline.waiting import before_waiting, note_poll, place_to_wait, task_in_path, wait_for_change

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from typing import BinaryIO

    from greycard_mocks.core.answer import Request
    from greycard_mocks.core.contract import Runtime
    from greycard_mocks.core.halt import Halt, Way
    from greycard_mocks.core.manners import Manners
    from greycard_mocks.core.world import World
    from greycard_mocks.pipeline.services import Services

    Outcome = Refusal | Answer | Said
    Step = Callable[[Services, Exchange], Outcome | None]
    Before = Callable[[Services, Exchange], Halt | None]
    Steps = tuple[tuple[Step, Before | None], ...]


def drained(halts: Way) -> Answer:
    """The answer at the end of a way, which this thread goes and waits where it has to."""
    while True:
        try:
            halt = next(halts)
        except StopIteration as end:
            answered: Answer = end.value
            return answered
        if isinstance(halt, Pause):
            halt.clock.sleep(halt.seconds)


def way(services: Services, request: Request) -> Way:
    """Answer one request; never raises for anything that a request can hold. Yields where it may have to wait."""
    router = services.doors.router_for(request) if services.worlds.departed.are_there else services.router
    found = router.fixed.get((request.method, request.path)) or router.match(request.method, request.path)
    is_shared = services.worlds.is_shared
    if found is None:
        if is_shared:
            yield Within(None)
        stray = unmatched(services, router, request)
        if stray.manners is not None and stray.manners is not AS_USUAL:
            yield from in_manner(services, stray.world, stray.manners, stray.answer)
        return stray.answer
    if found.route is None:
        if is_shared:
            yield Within(services.worlds.by_id(found.parameters["world"]), found.parameters["task"])
        download = result_named(services, request, found.parameters)
        if download is None:
            return of_no_world(services, request)
        return (yield from through(services, download, DOWNLOAD))
    route = found.route
    name = route.operation.name
    exchange = Exchange(request, route.runtime, route.runtime.rules[name], name, found.parameters)
    find_world(services, exchange)
    if is_shared:
        yield Within(exchange.world, task_in_path(exchange))
    enter_world(exchange)
    return (yield from through(services, exchange, steps_for(exchange)))


def through(services: Services, exchange: Exchange, steps: Steps) -> Way:  # noqa: C901, PLR0912 - a call more costs each request
    """Take the steps until one of them settles the request, then make the answer of it."""
    outcome = None
    try:
        for step, before in steps:
            if before is None or (halt := before(services, exchange)) is None:
                outcome = step(services, exchange)
            else:
                yield halt
                outcome = step(services, exchange)
                if halt is BLOCKS and services.worlds.is_shared:
                    yield Within(exchange.world)
            if outcome is not None:
                break
    finally:
        if exchange.files:
            close_all(exchange.files.values())
    assert outcome is not None  # noqa: S101 - the last step always settles it
    halt = None
    if isinstance(outcome, Said):
        if exchange.pause > 0:
            yield from services.let_pass(exchange.world, exchange.pause, settle=False)
        halt = before_rendering(exchange, outcome)
        if halt is not None:
            yield halt
    if exchange.beyond is not None or not isinstance(outcome, Said):
        hinting = before_hinting(services, exchange, outcome)
        if hinting is not None:
            yield hinting
        halt = halt or hinting
    answered = rendered(services, exchange, outcome)
    if halt is BLOCKS and services.worlds.is_shared:
        yield Within(exchange.world)
    change(exchange, answered)
    journal(services, exchange, answered)
    note_poll(exchange, outcome, answered)
    manners = exchange.runtime.manners
    if manners is not AS_USUAL:
        yield from in_manner(services, exchange.world, manners, answered)
    return answered


def close_all(files: Iterable[BinaryIO]) -> None:
    """Close files that were sent."""
    for file in files:
        file.close()


def before_hinting(services: Services, exchange: Exchange, outcome: Outcome) -> Halt | None:
    """An option that would accept the request is looked for: of a refusal, and of a picture whose task will fail."""
    refusal = outcome if isinstance(outcome, Refusal) else exchange.refusal
    if refusal is None or isinstance(outcome, Answer):
        return None
    return before_refusing(services, exchange, refusal)


def in_manner(services: Services, world: World | None, manners: Manners, answered: Answer) -> Generator[Halt]:
    """Give an answer what the vendor's manners add to every answer, then let the vendor's latency pass."""
    add_headers(services, world, manners, answered)
    if manners.latency_seconds:
        yield from services.let_pass(world, manners.latency_seconds, settle=True)


def steps_for(exchange: Exchange) -> Steps:
    """The steps of this request to a vendor; its world may have another order than its vendor."""
    world = exchange.world
    steps = steps_of(exchange.runtime.order, exchange.rules.kind, place_to_wait(exchange))
    return (*_STRIKE, *steps) if world is not None and (world.forced_errors or world.faults) else steps


@cache
def steps_of(order: tuple[str, ...], kind: str, waiting_before: str = "") -> Steps:
    """The steps of requests of one kind to a vendor that checks in this order, each with what says whether it waits.

    Their bodies and their price are looked at for creates only. `waiting_before` as `place_to_wait` has it.
    """
    checks: dict[str, Step] = {name: CHECKS[name] for name in order if kind == "create" or name not in OF_CREATES}
    if kind == "create":
        checks["pictures"] = look_at_pictures
    checks["carry_out"] = carry_out
    steps: list[Step] = []
    for name, step in checks.items():
        steps += [wait_for_change, step] if name == waiting_before else [step]
    return tuple((step, HALTS.get(step)) for step in steps)


def find_world(services: Services, exchange: Exchange) -> None:
    """Find the world of the credential; without one `auth` refuses."""
    runtime = exchange.runtime
    credential = runtime.scheme.account(runtime.auth, exchange.request)
    if not runtime.auth["enforced"]:
        credential = _unchecked(services, runtime, credential)
    elif credential is None or not credential.startswith("test"):
        return
    worlds = services.worlds
    world = None if worlds.is_crowded else worlds.known.get((runtime.name, credential))
    if world is None:
        world = worlds.world(runtime.name, credential)
    exchange.world = world


def enter_world(exchange: Exchange) -> None:
    """Go on in the variants, and at the moment, of the world."""
    world, runtime = exchange.world, exchange.runtime
    if world is None:
        return
    if world.runtime is not runtime:
        exchange.runtime = world.runtime
        exchange.rules = world.runtime.rules[exchange.rules.operation.name]
    exchange.now = world.clock.now()


def _unchecked(services: Services, runtime: Runtime, credential: str | None) -> str:
    """Whose world a request belongs to where no key is checked."""
    speaker = services.worlds.departed.speakers.get(runtime.name)
    if speaker is not None and not (credential and credential.startswith("test")):
        return speaker.credential
    return credential or ANYONE


def strike(_: Services, exchange: Exchange) -> Outcome | None:
    """Let an error that was asked for, or a fault, strike; some faults answer in place of the vendor."""
    world = exchange.world
    if world is None:
        return None
    with world.lock:  # another thread may be about to take the last one
        error = world.forced_errors.popleft() if world.forced_errors else None
    if error is not None:
        return forced(exchange, error)
    if not world.faults:
        return None
    fault = exchange.fault = world.take_fault(exchange.name)
    instead = KINDS[fault.kind].answers if fault is not None else None
    return instead(fault) if instead is not None and fault is not None else None


HALTS: dict[Step, Before] = {
    authenticate: before_signature,
    parse: before_body,
    look_at_pictures: before_pictures,
    wait_for_change: before_waiting,
    carry_out: before_deliveries,
    picture_of: before_download,
}
"""What says, just before a step, whether it may have to wait."""

_STRIKE: Steps = ((strike, None),)

DOWNLOAD: Steps = (*_STRIKE, (picture_of, HALTS[picture_of]))
"""The steps of the download of a result, whose link needs no credential."""


def rendered(services: Services, exchange: Exchange, outcome: Outcome) -> Answer:
    """What came of the steps, as an answer with the reason for the user of the mock."""
    if isinstance(outcome, Said):
        answered = _said(services, exchange, outcome)
        if exchange.beyond is not None and exchange.refusal is not None:  # accepted, but bound to fail for its picture
            exchange.refusal = advised(services.readings, exchange, exchange.refusal)
    elif isinstance(outcome, Refusal):
        exchange.refusal = advised(services.readings, exchange, outcome)
        answered = error_answer(exchange.runtime, exchange.refusal)
    else:
        answered = outcome
    if exchange.refusal is not None and not answered.reason:
        answered.reason = reason_of(exchange.runtime, exchange.refusal)
    return answered


def _said(services: Services, exchange: Exchange, said: Said) -> Answer:
    runtime, world = exchange.runtime, exchange.world
    assert world is not None  # noqa: S101 - nothing is carried out without a world
    view = View(
        runtime, world, said.task, exchange.now, exchange.request.origin, services.results, state_name=said.state
    )
    if runtime.manners.fresh_links:
        with world.lock:
            world.reads += 1
            view.fresh = fresh_name(world.seed, world.id, world.reads)
    if said.picture_only:
        return Answer(200, *view.result_picture())
    response = runtime.rules[said.operation.name].responses[said.response]
    manners = runtime.manners
    return Answer(response.http, manners.write(response.fill(NAMES, view)), manners.content_type)


def change(exchange: Exchange, answered: Answer) -> None:
    """Let the fault that struck change the answer: what is sent, when, and how the connection ends."""
    fault = exchange.fault
    if fault is None:
        return
    answered.fault, answered.clock = fault.kind, exchange.world.clock if exchange.world else None
    changes = KINDS[fault.kind].changes
    if changes is not None:
        changes(fault, answered)
