"""What a command writes: files are replaced where links lead; devices, pipes and links stay what they are."""

from __future__ import annotations

import contextlib
import os
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from greycard_client._download import write_atomically
from greycard_suite.output_file import output_file, write_file

Write = Callable[[Path, bytes], object]


def by_client(path: Path, content: bytes) -> Path:
    """As the client's `save` writes."""
    return write_atomically(path, [content])


@pytest.fixture(params=[write_file, by_client], ids=["suite", "client"])
def write(request: pytest.FixtureRequest) -> Write:
    """The two writers, which share no code and keep the same rules."""
    found: Write = request.param
    return found


def test_a_link_stays_and_its_file_is_replaced(write: Write, tmp_path: Path) -> None:
    """Links to links and links to nothing yet: the file appears where they lead, with the mode that it had."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "real").write_bytes(b"old")
    (tmp_path / "deep" / "real").chmod(0o640)
    (tmp_path / "inner").symlink_to("deep/real")
    (tmp_path / "outer").symlink_to(tmp_path / "inner")
    (tmp_path / "dangling").symlink_to("deep/fresh")
    write(tmp_path / "outer", b"new")
    write(tmp_path / "dangling", b"fresh")
    assert all((tmp_path / name).is_symlink() for name in ("outer", "inner", "dangling"))
    assert (tmp_path / "deep" / "real").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "deep" / "real").stat().st_mode) == 0o640
    assert (tmp_path / "deep" / "fresh").read_bytes() == b"fresh"
    assert sorted(path.name for path in (tmp_path / "deep").iterdir()) == ["fresh", "real"]


def test_a_device_stays_a_device(write: Write, tmp_path: Path, full_disk: Path) -> None:
    """What a device refuses is an error of writing, also through a link."""
    (tmp_path / "link").symlink_to(full_disk)
    for path in (full_disk, tmp_path / "link"):
        with pytest.raises(OSError, match="No space left"):
            write(path, b"x" * 10_000)
    assert full_disk.is_char_device()
    assert (tmp_path / "link").is_symlink()


def test_a_pipe_is_written_through(write: Write, tmp_path: Path) -> None:
    """A reader gets the whole text, also one that is longer than a pipe holds, and the pipe stays."""
    pipe, got = tmp_path / "pipe", list[bytes]()
    os.mkfifo(pipe)
    content = bytes(range(256)) * 4000
    with os.fdopen(os.open(pipe, os.O_RDWR), "rb") as reader:  # both ends, so that no end of file comes early
        thread = threading.Thread(target=lambda: got.append(reader.read(len(content))))
        thread.start()
        write(pipe, content)
        thread.join(30)
    assert got == [content]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_pipe_without_a_reader_and_a_socket_are_refused(write: Write, tmp_path: Path) -> None:
    """Neither waits for ever, and the sentence says why."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        for name, why in (("pipe", "nobody reads"), ("socket", "socket")):
            with pytest.raises(OSError, match=why):
                write(tmp_path / name, b"x")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
    assert stat.S_ISSOCK((tmp_path / "socket").stat().st_mode)


def test_a_folder_is_refused(write: Write, tmp_path: Path) -> None:
    """A folder stays, empty as it was."""
    with pytest.raises(OSError, match=r"folder|irectory"):
        write(tmp_path, b"x")
    assert list(tmp_path.iterdir()) == []


def test_what_fails_leaves_the_old_file(tmp_path: Path) -> None:
    """A block that fails half-way changes nothing and leaves nothing beside."""
    target = tmp_path / "file"
    target.write_bytes(b"old")

    def half() -> Iterable[bytes]:
        yield b"half"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_atomically(target, half())
    with contextlib.suppress(RuntimeError), output_file(target) as file:
        file.writelines(half())
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.slow
@pytest.mark.parametrize("module", ["greycard_suite.output_file", "greycard_client._download"])
def test_standard_output_that_is_a_file_keeps_what_was_printed(tmp_path: Path, source_path: str, module: str) -> None:
    """`--json /dev/stdout > FILE` neither replaces FILE nor writes over what the command prints before and after."""
    writer = "write_file(P, b'two\\n')" if "suite" in module else "write_atomically(P, [b'two\\n'])"
    code = (
        f"from pathlib import Path; from {module} import *; P = Path('stdout'); "
        f"print('one', flush=True); {writer}; print('three')"
    )
    (tmp_path / "stdout").symlink_to("/proc/self/fd/1")  # as /dev/stdout is, which a fault here shall not replace
    with (tmp_path / "out").open("wb") as out:
        environment = {**os.environ, "PYTHONPATH": source_path}
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True, timeout=60, env=environment, cwd=tmp_path)
    assert (tmp_path / "out").read_text() == "one\ntwo\nthree\n"
