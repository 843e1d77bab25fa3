"""The blocks of the pages that nobody executes as they stand, each with the reason and with what is tried instead.

`test_walk.py` holds the list to the pages: a block is executed or stands here, and what stands here is on its page.
"""

from __future__ import annotations

from pathlib import Path

from project.pages.page_blocks import ROOT, Block

OWN_TESTS = "runs the reader's own tests; tests/suite/score and tests/mocks/testing try these options on tests of ours"
IN_MINUTES = "keeps to the vendor's rate, so it takes minutes; tests/suite finds drifts and passes freedoms"
CONFIGURATION = "a configuration; test_walk.py reads it"

UNEXECUTED = {
    ("mocks/DEPLOYMENT.md", "x-mock:"): "needs containers; test_deployment.py reads it",
    ("mocks/DEPLOYMENT.md", "defaults"): "needs two replicas; test_deployment.py runs it in front of two processes",
    ("mocks/DEPLOYMENT.md", "upstream"): "needs two replicas; test_deployment.py runs it in front of two processes",
    ("mocks/DEPLOYMENT.md", "apiVersion:"): "needs a cluster; test_deployment.py reads it",
    (
        "mocks/SHARED.md",
        "$ pip install",
    ): "needs a server of Redis; tests/suite/serve and tests/suite/commands start one",
    ("mocks/FRAMEWORKS.md", "services:"): "needs containers; test_compose.py tries each command of it",
    ("mocks/README.md", "12:03:04"): "what serve prints, with a time and an id; tests/suite/serve holds its form",
    ("mocks/RECIPES.md", "$ python -m pytest --greycard-freedom=42"): OWN_TESTS,
    ("mocks/RECIPES.md", "      - run: python -m pytest -n auto"): CONFIGURATION,
    ("mocks/REFERENCE.md", "[tool.pytest.ini_options]"): CONFIGURATION,
    ("mocks/SCORE.md", "$ pytest --greycard-score "): OWN_TESTS,
    ("mocks/SCORE.md", "[pytest]"): CONFIGURATION,
    ("mocks/SCORE.md", "$ pytest --greycard-score --greycard-score-json"): OWN_TESTS,
    ("client/README.md", "$ python"): "needs a key of a vendor; the blocks below it do the same with the mock",
    ("client/README.md", "GreycardError"): "a drawing; tests/client holds the classes to it",
    ("schemas/README.md", "{"): CONFIGURATION,
    ("tests/COMMANDS.md", "[tool.greycard.serve]"): CONFIGURATION,
    ("tests/COMMANDS.md", '$ eval "$(_GREYCARD_COMPLETE=bash'): "three shells; tests/suite/commands asks for each",
    ("tests/README.md", "$ greycard verify --target live --vendor picwish --dry-run"): "needs keys of the vendors",
    ("tests/README.md", "[{"): CONFIGURATION,
    ("tests/README.md", "$ greycard serve picwish --port 9001 --drift"): IN_MINUTES,
    ("tests/README.md", "$ greycard serve picwish --port 9001 --freedoms"): IN_MINUTES,
    ("tests/README.md", "$ PYTHONPATH="): "takes minutes; tests/suite/trust runs the same trials",
    ("tests/README.md", "name: tests"): CONFIGURATION,
    ("tests/README.md", "vendor:"): CONFIGURATION,
    (
        "tests/README.md",
        "$ python -m greycard_suite.tools.doc_tables",
    ): "writes the pages; test_tables.py does the same",
    ("tests/README.md", "$ python -m greycard_suite.tools.fuzz"): "takes as long as it says; .ci/run runs it shortly",
    (".github/CONTRIBUTING.md", "$ python -m pip install"): "is the README's command for the tests, which .ci/run runs",
    ("tests/bench/README.md", "$ export PYTHONPATH"): "takes minutes; tests/project/test_bench.py tries it",
    ("tests/bench/README.md", "$ python tests/bench/bench_peers.py"): "takes minutes; needs two checkouts",
    ("tests/bench/README.md", "$ npm install"): "installs other servers",
    ("tests/example_apps/README.md", "$ PLANTED="): "takes a minute; tests/suite/score does it with each fault",
}


def reasons(page: Path, block: Block) -> list[str]:
    """Why a block is not executed: one reason, none where it has to be, or several where the list is not clear."""
    name = page.relative_to(ROOT).as_posix()
    found = [key for key in UNEXECUTED if key[0] == name and block.text.startswith(key[1])]
    exact = max((start for _, start in found), key=len, default="")
    return [UNEXECUTED[key] for key in found if key[1] == exact]
