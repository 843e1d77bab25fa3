"""The door through which everything is printed: keys are taken out, and no character or full disk stops a command.

What the console's encoding lacks is written in ASCII signs, or escaped. When nobody reads any more, or the output
cannot be written, the command goes on in silence, so that a run keeps what it paid for; `Console.lost` then says why.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING, Any, TextIO, cast

from greycard_suite.redact.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

LONGEST_UNFINISHED = 1 << 16
"""Characters after which a text is printed that has not ended its line."""


SIGNS = {"✓": "+", "✗": "x", "▪": "#", "·": "-", "≠": "!=", "→": "->", "…": "...", "“": '"', "”": '"'}
"""What stands for our own signs where the console's encoding, such as cp1252 on Windows, lacks them."""


def legible(text: str, encoding: str) -> str:
    """`text` as a console of this encoding can show it: our signs in ASCII, all else that it lacks escaped."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        lacking = {ord(sign): plain for sign, plain in SIGNS.items() if not _has(encoding, sign)}
        return text.translate(lacking).encode(encoding, "backslashreplace").decode(encoding)
    return text


def _has(encoding: str, sign: str) -> bool:
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


class Console:
    """What both streams of a command share: the keys to hide, and the first error of writing to standard output."""

    def __init__(self) -> None:
        self.lost: OSError | None = None
        self.named: dict[str, str] = {}
        self.secrets = Secrets({})

    def hide(self, named: Mapping[str, str]) -> None:
        """Take these keys, by the name of the variable that holds each, out of all that is printed from now on."""
        self.named.update(named)
        self.secrets = Secrets(self.named)


class GuardedStream:
    """A text stream that prints whole lines, or what there is when flushed; in all else it is `inner`."""

    def __init__(self, inner: TextIO, console: Console, *, matters: bool) -> None:
        """`matters`: that this stream cannot be written is noted by the console."""
        self.console = console
        self._matters = matters
        self._inner = inner
        self._begun = ""
        self._gone = False
        self._lock = threading.RLock()

    def __getattr__(self, name: str) -> Any:
        if name in ("buffer", "detach", "reconfigure"):  # ways around this door
            raise AttributeError(name)
        return getattr(self._inner, name)

    @property
    def encoding(self) -> str:
        """That of the console; UTF-8 where it has none."""
        return getattr(self._inner, "encoding", None) or "utf-8"

    def write(self, text: str | bytes) -> int:
        """Print what there is, once it ends a line: a key may come in parts."""
        if isinstance(text, bytes):  # click answers a shell in bytes
            if not text:  # so click asks whether bytes may go around `legible`, with "?" for what the encoding lacks
                raise TypeError("text is printed here")
            text = text.decode("utf-8", "replace")
        with self._lock:
            self._begun += text
            if self._begun.endswith("\n") or len(self._begun) > LONGEST_UNFINISHED:
                whole, self._begun = self._begun, ""
                self._print(whole)
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Print them all."""
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Print what there is, also of a line that has not ended."""
        with self._lock:
            begun, self._begun = self._begun, ""
            self._print(begun)
            with self._bearing():
                self._inner.flush()

    def _print(self, text: str) -> None:
        if text and not self._gone:
            kept = self.console.secrets.text(text)
            with self._bearing():
                self._inner.write(legible(kept, self.encoding))

    @contextlib.contextmanager
    def _bearing(self) -> Generator[None]:
        """Note an error of the stream and print nothing more there."""
        try:
            yield
        except (OSError, ValueError) as error:  # ValueError: the stream has been closed
            if self._gone:
                return
            self._gone = True
            if self._matters:
                self.console.lost = error if isinstance(error, OSError) else OSError(str(error))
            _forget(self._inner)


def _forget(stream: TextIO) -> None:
    """Let what the stream still holds go nowhere, so that Python does not complain of it at the end."""
    with contextlib.suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - no path of ours
        os.dup2(nowhere.fileno(), stream.fileno())
        stream.flush()


@contextlib.contextmanager
def guarded() -> Generator[Console]:
    """Everything printed within goes through one console; within another such block, through that one's."""
    outer = console()
    if outer is not None:
        yield outer
        return
    made, before = Console(), (sys.stdout, sys.stderr)
    with contextlib.ExitStack() as stack:
        # a stream that whoever started us has closed is None, and its number would go to the next file we open
        inner = [one or stack.enter_context(open(os.devnull, "w", encoding="utf-8")) for one in before]  # noqa: PTH123
        streams = [GuardedStream(one, made, matters=not number) for number, one in enumerate(inner)]
        sys.stdout, sys.stderr = cast("list[TextIO]", streams)
        try:
            yield made
        finally:
            for stream in streams:
                stream.flush()
            sys.stdout, sys.stderr = before


def console() -> Console | None:
    """The console through which is printed now, if any."""
    return sys.stdout.console if isinstance(sys.stdout, GuardedStream) else None


def hide(named: Mapping[str, str]) -> None:
    """Take these keys out of all that this command prints from now on."""
    found = console()
    if found is not None:
        found.hide(named)


def nobody_reads() -> bool:
    """Whether standard output has been lost, so that a command that would print for ever may end."""
    found = console()
    return found is not None and found.lost is not None
