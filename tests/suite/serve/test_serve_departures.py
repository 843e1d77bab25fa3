"""What `serve` makes of --drift, --freedom and --freedoms: patches, what worlds begin with, and lines to read."""

from __future__ import annotations

import json

import click
import pytest
from click.testing import CliRunner

from greycard_mocks import Mock
from greycard_schemas.freedoms.catalogue import draw, freedoms_of
from greycard_schemas.loader import load_contracts
from greycard_suite.cli import cli
from greycard_suite.commands.departures import Departures, chosen_departures


def test_nothing_is_asked_for() -> None:
    """Without the options nothing departs."""
    assert chosen_departures(load_contracts(["picwish"]), (), (), None) == Departures()


def test_each_freedom_is_told_in_a_sentence() -> None:
    """Ids go to their vendor; each is a line that can be given back, with its sentence."""
    vendors = load_contracts(["picwish", "enhancor"])
    ids = ("picwish/free.close", "enhancor/free.close", "picwish/free.close")
    found = chosen_departures(vendors, ["picwish/rate.limit-up"], ids, None)
    assert found.freedoms == {"picwish": ("picwish/free.close",), "enhancor": ("enhancor/free.close",)}
    assert found.drifts == {"picwish": ("picwish/rate.limit-up",)}
    sentence = freedoms_of(vendors["picwish"])["picwish/free.close"].sentence
    assert list(found.lines[:2]) == ["drift: picwish/rate.limit-up", f"freedom: picwish/free.close  {sentence}"]
    drifted = load_contracts(["picwish"], patches=found.patches if "enhancor" not in found.patches else
                             {"picwish": found.patches["picwish"]})["picwish"]  # fmt: skip
    assert (drifted.data["rate"]["limit"], drifted.data["manners"]) == (3, {"close": True})


def test_a_draw_is_told_with_its_seed() -> None:
    """Every served vendor is drawn by itself; the line of each names the number that draws it again."""
    vendors = load_contracts(["picwish", "enhancor"])
    found = chosen_departures(vendors, (), (), 7)
    assert found.freedoms == {name: draw(vendor, 7) for name, vendor in vendors.items()}
    assert f"picwish: {len(found.freedoms['picwish'])} freedoms drawn by --freedoms 7" in found.lines
    assert len(found.lines) == sum(map(len, found.freedoms.values())) + 2


@pytest.mark.parametrize(
    ("drifts", "freedoms", "seed", "part"),
    [
        ((), ("picwish/free.nope",), None, "near are"),
        ((), ("free.close",), None, "write VENDOR/free.close"),
        ((), ("enhancor/free.close",), None, "leaves out"),
        (("enhancor/x",), (), None, "leaves out"),
        ((), ("picwish/free.json-sorted", "picwish/free.json-reversed"), None, "cannot go together"),
        ((), ("picwish/free.close",), 7, "one of the two"),
    ],
)
def test_what_cannot_be_is_wrong_use(
    drifts: tuple[str, ...], freedoms: tuple[str, ...], seed: int | None, part: str
) -> None:
    """A departure that is not there, of nobody here, or asked for in two ways is refused in words."""
    with pytest.raises(click.UsageError, match=part):
        chosen_departures(load_contracts(["picwish"]), drifts, freedoms, seed)


@pytest.mark.parametrize("command", ["claims", "drifts", "freedoms"])
def test_the_lists_have_one_form_of_json(command: str) -> None:
    """An array of objects with id and vendor, for one vendor and for several."""
    for vendors in (["enhancor"], ["enhancor", "picwish"]):
        done = CliRunner().invoke(cli, [command, *vendors, "--json"])
        listed = json.loads(done.output)
        assert list(dict.fromkeys(one["vendor"] for one in listed)) == vendors
        assert len({one["id"] for one in listed}) == len(listed) > 10


def test_what_can_be_switched_on_in_a_reading_is_listed_in_it() -> None:
    """The lists follow the variants, as the worlds do."""
    plain, other = (
        {one["id"] for one in json.loads(CliRunner().invoke(cli, ["drifts", "picwish", "--json", *more]).output)}
        for more in ([], ["--variant", "picwish.edition=current"])
    )
    assert plain != other
    with Mock(["picwish"], in_process=True) as mock:
        vendor = mock.vendor("picwish", edition="current")
        for one in other - plain:
            vendor.set_drifts(one)
