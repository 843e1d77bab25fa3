"""`greycard enhance` against the mock over loopback: what is sent, and which pictures are there in the end."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from PIL import Image

from greycard_mocks.testing.vendor import VendorMock


def names_in(folder: str) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in Path(folder).iterdir())


def size(path: str) -> tuple[int, int]:
    """The sides of a result, decoded."""
    with Image.open(path) as picture:
        picture.load()
        return picture.size


@pytest.mark.wire
@pytest.mark.parametrize(
    ("vendor", "result", "sides"),
    [
        ("picwish", "a-picwish.jpg", (1600, 1200)),
        ("wondershare", "a-wondershare.png", (3200, 2400)),
        ("magictiger", "a-magictiger.jpg", (800, 600)),
        ("enhancor", "a-enhancor.jpg", (800, 600)),
    ],
)
def test_files_and_links_become_pictures(
    run: Callable[..., Result],
    world: Callable[[str], VendorMock],
    vendor: str,
    result: str,
    sides: tuple[int, int],
    put: Callable[..., str],
) -> None:
    """A file of this machine and a link are enhanced by every vendor's mock, and named after it."""
    mock = world(vendor)
    done = run(put("a.jpg"), f"{mock.url}/_mock/images/300x280.png", "-o", "out", mock=mock)
    assert done.exit_code == 0, done.output
    assert size(f"out/{result}") == sides
    assert names_in("out") == sorted([f"300x280-{vendor}.png", result])
    assert f"a.jpg -> {Path('out') / result}" in done.stdout
    assert done.stderr == ""


@pytest.mark.wire
@pytest.mark.parametrize(("options", "more"), [((), []), (("-r",), ["c-picwish.jpg"])])
def test_a_folder_stands_for_its_pictures(
    run: Callable[..., Result], picwish: VendorMock, put: Callable[..., str], options: tuple[str, ...], more: list[str]
) -> None:
    """Its pictures are sent, with -r those of its folders; what is hidden, a result or no picture is not."""
    Path("photos/inner/.thumbs").mkdir(parents=True)
    for name in ("b.jpg", "a.JPG", "old-picwish.jpg", ".hidden.jpg", "inner/c.jpg", "inner/.thumbs/d.jpg"):
        Path(put("one.jpg")).rename(Path("photos") / name)
    Path("photos/notes.txt").write_text("no picture", encoding="utf-8")
    done = run("photos", *options, "-o", "out", mock=picwish)
    assert done.exit_code == 0, done.output
    assert names_in("out") == ["a-picwish.jpg", "b-picwish.jpg", *more]


@pytest.mark.wire
def test_wondershare_gets_batches_of_twenty(
    run: Callable[..., Result], wondershare: VendorMock, put: Callable[..., str]
) -> None:
    """21 pictures are two tasks, of 20 and of 1."""
    names = [put(f"p{number}.jpg", 300, 300) for number in range(21)]
    done = run(*names, "--file-ext", "jpg", "--priority", "9", mock=wondershare)
    assert done.exit_code == 0, done.output
    created = wondershare.assert_requested("fsrtwo.batch", times=2, values={"file_ext": "jpg", "priority": 9})
    assert sorted(len(entry["values"]["images"]) for entry in created) == [1, 20]
    assert len(list(Path().glob("p*-wondershare.jpg"))) == 21


@pytest.mark.wire
def test_the_eraser_takes_a_mask_from_a_file(
    run: Callable[..., Result], wondershare: VendorMock, put: Callable[..., str]
) -> None:
    """A local mask is sent as Base64, and the result has the size of the picture."""
    put("mask.png")
    done = run(put("a.jpg"), "--feature", "rw", "--mask", "mask.png", mock=wondershare)
    assert done.exit_code == 0, done.output
    assert size("a-wondershare.jpg") == (400, 300)
    wondershare.assert_requested("rw.batch", times=1)


@pytest.mark.wire
def test_picwish_is_never_asked_too_often(
    run: Callable[..., Result], picwish: VendorMock, put: Callable[..., str]
) -> None:
    """Seven pictures, one after the other, keep to two requests a second: none is refused."""
    done = run(*(put(f"p{number}.jpg", 40, 30) for number in range(7)), "--jobs", "1", mock=picwish)
    assert done.exit_code == 0, done.output
    assert [entry["status"] for entry in picwish.requests] == [200] * 7


@pytest.mark.wire
def test_seven_threads_share_one_rate(run: Callable[..., Result], picwish: VendorMock, put: Callable[..., str]) -> None:
    """All pictures are enhanced.

    Here time leaps while requests are under way, so that some may arrive together; those are refused and tried again.
    """
    done = run(*(put(f"p{number}.jpg", 40, 30) for number in range(7)), "--jobs", "7", mock=picwish)
    assert done.exit_code == 0, done.output
    statuses = [entry["status"] for entry in picwish.requests]
    assert statuses.count(200) == 7
    assert set(statuses) <= {200, 429}


@pytest.mark.wire
def test_options_reach_the_vendor(
    run: Callable[..., Result], picwish: VendorMock, enhancor: VendorMock, put: Callable[..., str]
) -> None:
    """Type, factor and mode are sent as given."""
    assert run(put("a.jpg"), "--type", "face", "--scale-factor", "2", mock=picwish).exit_code == 0
    picwish.assert_requested("scale.create", values={"type": "face", "scale_factor": 2})
    assert run("a.jpg", "--mode", "professional", mock=enhancor).exit_code == 0
    assert size("a-enhancor.jpg") == (1600, 1200)


@pytest.mark.wire
def test_enhancor_with_its_result_in_the_status_needs_no_webhook(
    run: Callable[..., Result], enhancor: VendorMock, put: Callable[..., str]
) -> None:
    """With an address of the user's the status answer's result is used where there is one."""
    done = run(put("a.jpg"), "--webhook-url", "http://127.0.0.1:9/", mock=enhancor)
    assert done.exit_code == 1
    assert "its status answer holds no result" in done.stderr
    enhancor.set_variants(status_result="when_completed")
    assert run("a.jpg", "--webhook-url", "http://127.0.0.1:9/", mock=enhancor).exit_code == 0


@pytest.mark.wire
def test_a_task_with_several_results_has_them_all_saved(
    run: Callable[..., Result], magictiger: VendorMock, put: Callable[..., str]
) -> None:
    """Magic Tiger's colorizing gives more than one picture."""
    done = run(put("a.jpg"), "--type", "8", mock=magictiger)
    assert done.exit_code == 0, done.stderr
    names = ["a-magictiger.jpg", *(f"a-magictiger-{number}.jpg" for number in (2, 3, 4))]
    assert done.stdout.strip() == f"a.jpg -> {', '.join(names)}"
    assert [size(name) for name in names] == [(800, 600)] * len(names)
    assert len({Path(name).read_bytes() for name in names}) == len(names)
    assert "is there already" in run("a.jpg", "--type", "8", mock=magictiger).stderr


@pytest.mark.wire
def test_nothing_is_overwritten_without_force(
    run: Callable[..., Result], magictiger: VendorMock, put: Callable[..., str]
) -> None:
    """A result that is there already is kept and nothing is sent; --force replaces it."""
    Path("a-magictiger.jpg").write_text("mine")
    done = run(put("a.jpg"), mock=magictiger)
    assert done.exit_code == 1
    assert "a-magictiger.jpg is there already" in done.stderr
    assert Path("a-magictiger.jpg").read_text() == "mine"
    assert magictiger.requests == []
    assert run("a.jpg", "--force", mock=magictiger).exit_code == 0
    assert size("a-magictiger.jpg") == (800, 600)


@pytest.mark.wire
def test_pictures_of_one_name_do_not_collide(
    run: Callable[..., Result], magictiger: VendorMock, put: Callable[..., str]
) -> None:
    """Two files called a get two results; the same file given twice is one picture."""
    done = run(put("x/a.jpg"), put("y/a.jpg"), "./x/a.jpg", mock=magictiger)
    assert done.exit_code == 0
    assert sorted(path.name for path in Path().glob("*.jpg")) == ["a-2-magictiger.jpg", "a-magictiger.jpg"]


@pytest.mark.wire
@pytest.mark.parametrize("vendor", ["picwish", "magictiger"])
def test_a_file_name_that_is_no_utf_8_is_no_obstacle(
    run: Callable[..., Result], world: Callable[[str], VendorMock], vendor: str, put: Callable[..., str]
) -> None:
    """Linux allows any bytes in names: such a picture is sent, and its result has what of the name is text."""
    name = os.fsdecode(b"caf\xe9.jpg")
    Path(put("a.jpg")).rename(name)
    done = run(name, "-o", os.fsdecode(b"out\xff"), mock=world(vendor))
    assert done.exit_code == 0, done.output
    assert names_in(os.fsdecode(b"out\xff")) == [f"caf-{vendor}.jpg"]


@pytest.mark.wire
def test_a_result_that_is_a_link_is_replaced_where_it_leads(
    run: Callable[..., Result], picwish: VendorMock, put: Callable[..., str]
) -> None:
    """With --force a link among the results stays one, and its file is the new picture."""
    Path("elsewhere.jpg").write_bytes(b"old")
    Path("a-picwish.jpg").symlink_to("elsewhere.jpg")
    assert run(put("a.jpg"), "--force", mock=picwish).exit_code == 0
    assert Path("a-picwish.jpg").is_symlink()
    assert size("elsewhere.jpg") == (1600, 1200)
