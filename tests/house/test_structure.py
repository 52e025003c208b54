"""The size of modules and folders: small enough to find things in, large enough to be chapters."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES, MOST_LINES_OF_TESTS, MOST_MODULES = 430, 600, 16
#: Modules that are longer, each with the reason.
LONG_MODULES = {
    "tests/independent_server/server.py": "one server that shares no code with ours",
}
#: Folders that hold more modules, each with the reason.
FULL_FOLDERS = {
    "tests/independent_server": "a separate program with its driver",
    "emulator/aoai_emulator/content": "still to be grouped by kind of answer",
    "emulator/aoai_emulator/operations": "still to be grouped by kind of operation",
    "tests/conformance/rules/http": "one table of examples for each area of rules, beside their tests",
}


@cache
def modules() -> tuple[str, ...]:
    listing = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return tuple(name for name in listing.stdout.split() if (ROOT / name).exists())


def too_long() -> Iterator[str]:
    for name in modules():
        most = MOST_LINES_OF_TESTS if name.startswith("tests/") else MOST_LINES
        if len((ROOT / name).read_text(encoding="utf-8").splitlines()) > most:
            yield name


def too_full() -> Iterator[str]:
    named = (PurePosixPath(name) for name in modules())
    folders = Counter(str(each.parent) for each in named if each.name not in ("__init__.py", "conftest.py"))
    return (folder for folder, held in folders.items() if held > MOST_MODULES)


def test_no_module_is_too_long() -> None:
    assert sorted(set(too_long()) - LONG_MODULES.keys()) == [], "split these modules by topic"


def test_no_folder_has_too_many_modules() -> None:
    assert sorted(set(too_full()) - FULL_FOLDERS.keys()) == [], "group these folders' modules by area"


def test_no_two_modules_that_tests_import_by_their_name_share_it() -> None:
    """Their folders are on the path together, where the first module of a name hides the others."""
    shared = (PurePosixPath(name) for name in modules() if name.startswith(("tests/", "benchmarks/")))
    names = Counter(each.stem for each in shared if not each.stem.startswith(("test_", "conftest", "__")))
    assert [name for name, held in names.items() if held > 1] == [], "rename one of the modules"


def test_every_long_module_of_the_exceptions_is_still_long() -> None:
    assert LONG_MODULES.keys() - set(too_long()) == set(), "delete these entries: the limit suffices"


#: Words that mean nothing to a reader outside this project; see the glossary of standard terms.
PRIVATE_WORDS = (
    "apart", "asking", "companions", "disputes", "drawn", "filled", "kept", "lifeline", "pointed", "pointing",
    "same_thing", "sites", "spoils", "steady", "taken_apart", "told", "turned_away",
)  # fmt: skip


def is_private(name: str) -> bool:
    words = "_".join(word.lower() for word in re.findall(r"[A-Z]?[a-z]+", name))
    return any(f"_{word}_" in f"_{words}_" for word in PRIVATE_WORDS)


def test_no_function_is_named_by_a_private_word() -> None:
    named = re.compile(r"^\s*(?:async )?(?:def|class) (\w+)", re.MULTILINE)
    found = {
        f"{module}: {name}"
        for module in modules()
        if not module.startswith(("tests/", "benchmarks/"))
        for name in named.findall((ROOT / module).read_text(encoding="utf-8"))
        if is_private(name)
    }
    assert found == set(), "rename these with the standard term: response, reject, report, match, split"
