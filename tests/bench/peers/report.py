"""What `bench_peers.py` found, as tables of Markdown with the aims of the project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import median

from bench.pages import short, table
from bench.peers.measuring import Measured, Results, Running
from bench.peers.servers import Missing

# how many times as fast as this peer, by its name and the number of connections
AIMS = {
    ("Prism as shipped", 1): 4.0,
    ("Prism as shipped", 8): 8.0,
    ("Prism as shipped", 64): 7.0,
    ("Prism, log off", 8): 3.5,
    ("WireMock, journal", 8): 1.3,
}
CPU_AIM = 100.0  # microseconds per request
TAIL_AIM = 3.0  # p99 to p50
START_AIM = 0.25  # seconds


def tables(
    results: Results,
    servers: Sequence[Running],
    missing: Sequence[Missing],
    connections: Sequence[int],
    starts: dict[str, list[float]],
) -> str:
    """All tables; the first server is the one that the aims are about."""
    ours = servers[0].server.name
    names = [at.server.name for at in servers]
    figures = [
        [
            f"CPU per request, {counted(number)}",
            spread(of(results, ours, number, lambda turn: turn.cpu_each), "{:.0f}", " µs", CPU_AIM, most=True),
        ]
        for number in connections
    ]
    if 64 in connections:
        tails = of(results, ours, 64, lambda turn: turn.p99 / turn.p50)
        figures.append(["p99 to p50, 64 connections", spread(tails, "{:.1f}", "", TAIL_AIM, most=True)])
    figures += [
        [f"first answer after start, {name}", spread(times, "{:.2f}", " s", START_AIM, most=True)]
        for name, times in starts.items()
    ]
    counts = " / ".join(map(str, connections))
    parts = [
        f"Requests per second of {ours} divided by those of the other in the same round, median (range):",
        table(
            [f"{ours} to", *map(counted, connections)],
            [[name, *(_ratio(results, ours, name, number) for number in connections)] for name in names[1:]],
        ),
        table([f"{ours}: figure", "median (range); aim"], figures),
        f"Medians at {counts} connections; CPU as the system counts it, in the last column that of the load itself:",
        table(
            ["server", "version", "requests/s", "CPU µs per request", "p50 ms", "p99 ms", "first answer s", "load µs"],
            [
                [
                    at.server.name,
                    at.server.version,
                    _medians(results, at, connections, lambda turn: turn.rate, whole),
                    _medians(results, at, connections, lambda turn: turn.cpu_each, whole),
                    _medians(results, at, connections, lambda turn: turn.p50, short),
                    _medians(results, at, connections, lambda turn: turn.p99, short),
                    f"{at.first_answer:.2f}",
                    _medians(results, at, connections, lambda turn: turn.load_each, whole),
                ]
                for at in servers
            ],
        ),
    ]
    if missing:
        parts.append("Not installed, so not measured:")
        parts.append(table(["peer", "how to install it"], [[peer.name, peer.install] for peer in missing]))
    return "\n".join(f"{part.rstrip()}\n" for part in parts)


def of(results: Results, name: str, connections: int, figure: Callable[[Measured], float]) -> list[float]:
    """A figure of each right turn at a server."""
    return [figure(turn) for turn in results[name, connections] if turn.turn]


def ratios(results: Results, ours: str, other: str, connections: int) -> list[float]:
    """How many times as fast we were, round by round; rounds with a wrong answer are left out."""
    pairs = zip(results[ours, connections], results[other, connections], strict=True)
    return [mine.rate / its.rate for mine, its in pairs if mine.turn and its.turn]


def spread(values: Sequence[float], form: str, unit: str, aim: float | None, *, most: bool) -> str:
    """Median and range of values, and whether the aim, at most or at least so much, is reached."""
    if not values:
        return "no right answers"
    middle = median(values)
    told = f"{form.format(middle)}{unit} ({form.format(min(values))} to {form.format(max(values))})"
    if aim is None:
        return told
    reached = middle <= aim if most else middle >= aim
    return f"{told}; {'at most' if most else 'at least'} {aim:g}{unit}: {'reached' if reached else '**missed**'}"


def whole(value: float) -> str:
    """A figure without places."""
    return f"{value:.0f}"


def counted(connections: int) -> str:
    """The number of connections in words."""
    return f"{connections} connection{'s' if connections != 1 else ''}"


def _ratio(results: Results, ours: str, other: str, connections: int) -> str:
    values = ratios(results, ours, other, connections)
    return spread(values, "{:.2f}", "", AIMS.get((other, connections)), most=False)


def _medians(
    results: Results,
    at: Running,
    connections: Iterable[int],
    figure: Callable[[Measured], float],
    form: Callable[[float], str],
) -> str:
    columns = [of(results, at.server.name, number, figure) for number in connections]
    return " / ".join(form(median(values)) if values else "wrong" for values in columns)
