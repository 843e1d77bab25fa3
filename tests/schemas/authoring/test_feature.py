"""The files of a new feature or vendor: lint clean from the start, and nothing in them claims to be documented."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from greycard_schemas import CONTRACTS, ContractError, load_contracts, load_vendor
from greycard_schemas.authoring.feature import Feature, family_of, new_feature, new_names, new_paths, new_vendor
from greycard_schemas.claims.derive import claims_of
from greycard_schemas.lint.folders import folder_findings

CREATES = [(vendor.name, create.name) for vendor in load_contracts().values() for create in vendor.of_kind("create")]


def put(folder: Path, feature: Feature) -> None:
    """Write the files of a feature where ``--contracts`` would look."""
    (folder / feature.vendor).mkdir(exist_ok=True)
    for name, resource in feature.files.items():
        (folder / feature.vendor / f"{name}.json").write_text(json.dumps(resource), "utf-8")


@pytest.mark.parametrize(("vendor", "like"), CREATES)
def test_a_sibling_of_each_shipped_feature_is_clean_and_assumed(vendor: str, like: str, tmp_path: Path) -> None:
    """It has as many files as its model, paths of its own, and not one claim."""
    plain = load_vendor(vendor)
    made = new_feature(plain, like, "sharpen")
    put(tmp_path, made)
    assert folder_findings([tmp_path]) == []
    loaded = load_contracts([vendor], folders=[tmp_path])[vendor]
    mine = [one for one in claims_of(loaded).values() if one.operation in made.files]
    assert mine
    assert {one.origin for one in mine} == {"assumed"}
    assert len(made.files) == len(family_of(plain, like))
    assert all("sharpen" in loaded.operations[name].path for name in made.files if loaded.operations[name].path)


@pytest.mark.parametrize(("vendor", "like"), CREATES)
def test_a_vendor_after_each_shipped_feature_is_clean_and_assumed(vendor: str, like: str, tmp_path: Path) -> None:
    """It lies below a path of its own, cites no document and has no variants of somebody else."""
    made = new_vendor(load_vendor(vendor), like, "acme", "sharpen")
    put(tmp_path, made)
    assert folder_findings([tmp_path]) == []
    loaded = load_contracts(["acme"], folders=[tmp_path])["acme"]
    assert {one.origin for one in claims_of(loaded).values()} == {"assumed"}
    assert (loaded.sources, loaded.variants) == ({}, {})
    assert all(one.path.startswith("/acme/sharpen") for one in loaded.operations.values() if one.path)


@pytest.mark.parametrize(
    ("vendor", "like", "path", "paths"),
    [
        ("picwish", "scale.create", "", {"/api/tasks/visual/new", "/api/tasks/visual/new/{task_id}"}),
        ("picwish", "scale.get", "/api/tasks/x", {"/api/tasks/x", "/api/tasks/x/{task_id}"}),
        ("wondershare", "rw.batch", "", {"/v3/pic/new/batch", "/v3/pic/new/result/{task_id}"}),
        ("enhancor", "webhook", "", {"/api/new/v1/queue", "/api/new/v1/status"}),
        ("enhancor", "queue", "/a/b/queue", {"/a/b/queue", "/a/b/status"}),
        ("enhancor", "queue", "/a/b/send", {"/a/b/send", "/a/b/status"}),
        ("magictiger", "createtask", "", {"/new/createtask", "/new/gettask", "/new/deletetask"}),
    ],
)
def test_the_paths_of_a_feature_go_together(vendor: str, like: str, path: str, paths: set[str]) -> None:
    """Given one for the create, the others follow; given none, the feature's name takes the place of the old one's."""
    assert set(new_paths(family_of(load_vendor(vendor), like), "new", path).values()) == paths


def test_names_follow_the_vendors_habit() -> None:
    """So that variants which speak of every read speak of the new one as well."""
    assert new_names(family_of(load_vendor("picwish"), "scale.create"), "x") == {
        "scale.create": "x.create",
        "scale.get": "x.get",
    }
    assert new_names(family_of(load_vendor("enhancor"), "queue"), "x")["status"] == "x.status"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: new_feature(load_vendor("picwish"), "scale", "x"), "no operation 'scale'; choose from scale.create"),
        (lambda: new_feature(load_vendor("picwish"), "scale.create", "a b"), "'a b' is no name of a feature"),
        (lambda: new_feature(load_vendor("picwish"), "scale.create", "scale"), "has an operation 'scale.create'"),
        (lambda: new_feature(load_vendor("picwish"), "scale.create", "x", "no/path"), "is no path of a create"),
        (lambda: new_vendor(load_vendor("picwish"), "scale.create", "Acme", "x"), "'Acme' is no name of a vendor"),
    ],
)
def test_what_cannot_be_is_said(call: Any, said: str) -> None:
    """Each message says what there is, or what a name is made of."""
    with pytest.raises(ContractError, match=said.replace("(", r"\(").replace(".", r"\.")):
        call()


def test_the_model_is_left_as_it_is() -> None:
    """Making a feature changes nothing of the vendor that it is made after."""
    vendor = load_vendor("enhancor")
    new_vendor(vendor, "queue", "acme", "x")
    for name, resource in vendor.files().items():
        assert resource == json.loads((CONTRACTS / "enhancor" / f"{name}.json").read_text("utf-8")) or name == "vendor"
    assert vendor.data["vendor"] == "enhancor"
    assert vendor.data["base_url"]["x-source"] == {"value": "S4:28"}
