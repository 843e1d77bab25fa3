"""Create and poll at `greycard serve` and its peers, side by side in one run; turns of a second in random order.

Run: python tests/bench/bench_peers.py [--greycard [LABEL=]DIR ...] [--peers DIR] [--write tests/bench/README.md].
The aims stand in the tables, and in README.md beside this file with what to install. Linux only (reads /proc).
"""

from __future__ import annotations

import random
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench import pages
from bench.peers import measuring, report
from bench.peers.servers import Missing, Server, bare, greycard, peers, wsgi_server
from bench.processes import StartError, end_on_signals, many_descriptors

HERE = Path(__file__).parents[2]
STARTS = 5


def chosen(checkouts: tuple[str, ...]) -> list[Server]:
    """A server for each ``[LABEL=]DIR``. Raises `LookupError` where no greycard is."""
    found = []
    for given in checkouts or (f"greycard={HERE}",):
        label, _, folder = given.rpartition("=")
        found.append(greycard(label or Path(folder).resolve().name, Path(folder).resolve()))
    return found


@click.command()
@click.option("--greycard", "checkouts", multiple=True, help="[LABEL=]DIR: a checkout; again for another beside it.")
@click.option("--peers", "folder", envvar="PEERS_DIR", type=Path, help="Where npm installed the peers.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--seconds", default=1.0, show_default=True, help="Length of one turn.")
@click.option("--connections", multiple=True, type=int, default=(1, 8, 64), show_default=True)
@click.option("--seed", type=int, help="Of the order of the turns; printed, and drawn unless given.")
@click.option("--wsgi-server", "under", default=wsgi_server, help="For the bare ones: cheroot, waitress, werkzeug.")
@click.option("--write", type=Path, help="A page whose marked section becomes what is printed.")
def main(
    checkouts: tuple[str, ...],
    folder: Path | None,
    rounds: int,
    seconds: float,
    connections: tuple[int, ...],
    seed: int | None,
    under: str,
    write: Path | None,
) -> None:
    """Measure, print the tables, and write them where asked; ends with 1 when an answer was wrong."""
    end_on_signals()
    many_descriptors()
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    circumstances = pages.circumstances()
    try:
        ours = chosen(checkouts)
        with ExitStack() as stack:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            others = [*peers(folder.resolve() if folder else None, scratch, HERE), *bare(under)]
            missing = [peer for peer in others if isinstance(peer, Missing)]
            servers = []
            load = stack.enter_context(measuring.load_process())
            for server in (*ours, *(peer for peer in others if isinstance(peer, Server))):
                click.echo(f"starting {server.name} {server.version}", err=True)
                servers.append(stack.enter_context(measuring.running(server)))
                load(measuring.job(servers[-1], max(connections), server.warm_up))
            turns = len(servers) * len(connections) * rounds
            click.echo(f"{turns} turns of {seconds:g} s, seed {seed}", err=True)
            results = measuring.rounds(load, servers, connections, rounds, seconds, random.Random(seed))  # noqa: S311
        first = measuring.first_answers(ours, STARTS)
    except (LookupError, StartError, measuring.MeasureError) as error:
        raise click.ClickException(str(error)) from None
    made = f"{circumstances}: {rounds} rounds with turns of {seconds:g} s, seed {seed}.\n\n"
    section = made + report.tables(results, servers, missing, connections, first)
    click.echo(section)
    if write is not None:
        try:
            pages.rewrite(write, "peers", section)
        except pages.SectionError as error:
            raise click.ClickException(str(error)) from None
    wrong = [turn.wrong for turns_of in results.values() for turn in turns_of if turn.wrong]
    for line in wrong:
        click.echo(f"wrong: {line}", err=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
