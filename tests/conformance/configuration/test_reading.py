"""Targets of a configuration file, and its mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from aoai_conformance.configuration.finding import find_file
from aoai_conformance.configuration.mistakes import ConfigurationError
from aoai_conformance.configuration.reading import (
    configurable_options,
    find_configuration,
    parse_configuration,
    read_configuration,
)
from aoai_conformance.options import Duration, options_of
from aoai_specs.errors import UnknownNameError

PROD = """
    [targets.prod]
    url = "https://contoso.openai.azure.com"
"""


def test_a_target_has_the_options_of_its_table_and_of_the_defaults(parse) -> None:
    choices = (
        parse("""
            [defaults]
            profile = "smoke"
            timeout = 30
            deployments = { chat = "gpt-4o", embeddings = "small" }
            [targets.prod]
            url = "https://contoso.openai.azure.com"
            api-version = ["2024-06-01", "2024-10-21"]
            operation = "embeddings_create"
            profile = "deep"
            strict = true
            deployments = { chat = "gpt-5" }
        """)
        .target("prod")
        .choices()
    )
    assert choices.target == "https://contoso.openai.azure.com"
    assert choices.api_versions == ("2024-06-01", "2024-10-21")
    assert choices.operations == ("embeddings_create",)
    assert (choices.profile, choices.timeout, choices.strict) == ("deep", 30.0, True)
    assert choices.deployments == ("chat=gpt-5", "embeddings=small")


def test_options_of_the_user_take_precedence(parse) -> None:
    target = parse(f'{PROD}    profile = "smoke"\n    strict = true\n    operation = "a"').target("prod")
    choices = target.choices({"profile": "deep", "strict": False, "operations": ("b", "c")})
    assert (choices.profile, choices.strict, choices.operations) == ("deep", False, ("b", "c"))


def test_deployments_of_the_user_replace_those_of_the_same_kind(parse) -> None:
    target = parse(f'{PROD}    deployments = {{ chat = "a", embeddings = "b" }}').target("prod")
    assert target.choices({"deployments": ("chat=x",)}).deployments == ("chat=x", "embeddings=b")


def test_limits_are_numbers_or_a_table_by_deployment(parse, find_mistakes) -> None:
    text = f"{PROD}    rpm = 60\n    tpm = {{ chat = 1000, small = 50 }}"
    choices = parse(text).target("prod").choices()
    assert (choices.rpm, choices.tpm) == (("60",), ("chat=1000", "small=50"))
    assert parse(f'{PROD}    rpm = ["chat=6", 10]').target("prod").choices().rpm == ("chat=6", "10")
    assert find_mistakes(f"{PROD}    rpm = true") == [
        "4: `rpm` in targets.prod must be texts or an array of them, not `true`."
    ]


def test_headers_of_the_user_replace_those_of_the_same_name(parse) -> None:
    target = parse(f'{PROD}    headers = {{ x-team = "a", Y = "b=" }}').target("prod")
    assert target.choices({"headers": ("X-Team=c",)}).headers == ("X-Team=c", "Y=b=")


@pytest.mark.parametrize("option", tuple(options_of()), ids=lambda option: option.name)
def test_every_configurable_option_of_a_run_is_a_key(parse, option) -> None:
    if not option.configurable:
        assert option not in configurable_options()
        return
    if option.field == "target":
        value, expected = '"http://127.0.0.1:1"', "http://127.0.0.1:1"
    elif option.table:
        key = next(iter(option.table_keys), "x-name")
        value, expected = f'{{ {key} = "v" }}', (f"{key}=v",)
    elif option.type is bool:
        value, expected = "true", True
    elif option.type in (int, float):
        value, expected = "5", 5
    elif option.type is Duration:
        value, expected = '"15m"', 900
    else:
        text = option.choices[-1] if option.choices else "none" if option.words else "NAME"
        value, expected = f'"{text}"', (text,) if option.repeatable else option.type(text)
    url = "" if option.field == "target" else 'url = "http://127.0.0.1:1"'
    choices = parse(f"[targets.t]\n{url}\n{option.key} = {value}").target("t").choices()
    assert getattr(choices, option.field) == expected


def test_the_address_may_have_the_name_of_the_option(parse) -> None:
    assert parse('[targets.t]\ntarget = "emulator"').target("t").choices().target == "emulator"


def test_paths_are_relative_to_the_file(parse, tmp_path: Path) -> None:
    text = f"""
        {PROD}
        baseline = "known/baseline.yaml"
        out = "{tmp_path}"
        history = "none"
        spec = ["mine.yaml", "https://example.com/x.yaml"]
    """
    choices = parse(text, "conf/../conf/aoai-conformance.toml").target("prod").choices()
    assert choices.baseline == Path("conf/known/baseline.yaml")
    assert choices.out == tmp_path
    assert choices.history == "none"
    assert choices.specs == ("conf/mine.yaml", "https://example.com/x.yaml")


def test_all_mistakes_are_reported_at_once_with_lines_and_the_closest_names(find_mistakes) -> None:
    mistakes = find_mistakes("""\
        default-targets = ["prod", "stagin"]
        thing = 1
        [defaults]
        profle = "smoke"
        timeout = 0
        url = "https://x.example"
        [targets.prod]
        url = "https://x.example"
        deployment = "chat=x"
        deployments = { chatt = "x" }
        profile = "fast"
        max_requests = 3
        seed = "a"
        api-version = ["2024-10-21", 3]
        baseline = ""
        [targets.staging]
        url = "https://x.example"
        target = "https://y.example"
        strict = 1
        [targets.nowhere]
        [targets."a/b"]
        url = "https://x.example"
    """)
    assert mistakes == [
        "1: `default-targets` names `stagin`, which is no target; did you mean `staging`?",
        "2: unknown key `thing`; an option belongs in `[defaults]` or `[targets.NAME]`.",
        "4: unknown key `profle` in defaults; did you mean `profile`?",
        "5: `timeout` in defaults must be at least 0.1, not 0.",
        "6: `url` in defaults belongs in a target.",
        "9: unknown key `deployment` in targets.prod; did you mean `deployments`?",
        "10: unknown key `chatt` in targets.prod.deployments; did you mean `chat`?",
        "11: `profile` in targets.prod must be `smoke`, `standard` or `deep`, not `fast`.",
        "12: unknown key `max_requests` in targets.prod; did you mean `max-requests`?",
        "13: `seed` in targets.prod must be a whole number, not `a`.",
        "14: `api-version` in targets.prod must be texts or an array of them, not `3`.",
        "15: `baseline` in targets.prod must not be empty.",
        "18: `target` in targets.staging repeats `url`.",
        "19: `strict` in targets.staging must be `true` or `false`, not `1`.",
        "20: targets.nowhere has no `url`.",
        "21: `a/b` cannot name a target: use letters, digits, `.`, `_` and `-`.",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[targets]\nx = 1", "2: `x` in targets must be a table."),
        ("targets = 3", "1: `targets` must be a table."),
        (f"{PROD}    max-time = 'long'", "4: `max-time` in targets.prod must be a number of seconds"),
        (f"{PROD}    max-time = 0", "4: `max-time` in targets.prod must be a number of seconds"),
        ("default-targets = 'x'", "1: `default-targets` must be an array of names of targets."),
        (f"{PROD}    deployments = 'chat=x'", "4: `deployments` in targets.prod must be a table of texts"),
        (f"{PROD}    deployments.chat = 3", "4: `deployments` in targets.prod must be a table of texts"),
    ],
)  # fmt: skip
def test_values_of_the_wrong_kind_are_mistakes(find_mistakes, text: str, expected: str) -> None:
    (mistake,) = find_mistakes(text)
    assert mistake.startswith(expected)


@pytest.mark.parametrize("key", ["api-key", "key", "password", "azure-openai-token"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(find_mistakes, key: str) -> None:
    (mistake,) = find_mistakes(f'{PROD}    {key} = "canary-value"')
    assert "a secret does not belong in a file" in mistake
    assert "canary" not in mistake


def test_a_key_in_place_of_the_name_of_its_variable_is_not_repeated(find_mistakes) -> None:
    (mistake,) = find_mistakes(f'{PROD}    api-key-env = "canary-sk-12345"')
    assert "must be the name of an environment variable" in mistake
    assert "canary" not in mistake


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = ", "1:5: invalid value."),
        ("[x\n", "1:3: expected ']' at the end of a table declaration."),
        ("a = [\n 1", "2:3: unclosed array."),
        ("a = " + "[" * 20000, " the file is nested too deeply."),
        ("a = " + "9" * 5000, " a number has too many digits."),
    ],
)
def test_a_syntax_error_has_line_and_column(find_mistakes, text: str, expected: str) -> None:
    assert find_mistakes(text) == [expected]


def test_the_table_of_pyproject_is_a_configuration(parse, find_mistakes) -> None:
    text = '[tool.aoai-conformance.targets.t]\nurl = "emulator"\n[tool.other]\nx = 1\n'
    assert list(parse(text, "pyproject.toml").targets) == ["t"]
    text = '[tool.aoai-conformance]\nx = 1\n[tool.aoai-conformance.targets.t]\nurl = "emulator"\nsed = 3\n'
    assert find_mistakes(text, "pyproject.toml") == [
        "2: unknown key `x` in tool.aoai-conformance; an option belongs in `[defaults]` or `[targets.NAME]`.",
        "5: unknown key `sed` in tool.aoai-conformance.targets.t; did you mean `seed`?",
    ]


def test_an_unknown_target_is_reported_with_the_closest_one(parse) -> None:
    with pytest.raises(UnknownNameError, match="'prodd'; did you mean 'prod'"):
        parse(PROD).target("prodd")


def test_the_nearest_file_is_found_up_to_the_root_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "repository" / "package" / "tests"
    inner.mkdir(parents=True)
    (tmp_path / "aoai-conformance.toml").write_text("")
    monkeypatch.chdir(inner)
    assert find_file() == Path("../../../aoai-conformance.toml")
    (tmp_path / "repository" / ".git").mkdir()
    assert find_file() is None
    (tmp_path / "repository" / "pyproject.toml").write_text("[tool.aoai-conformance]")
    assert find_file() == Path("../../pyproject.toml")
    (inner / "pyproject.toml").write_text('[project]\nname = "aoai-conformance-of-mine"\n')
    assert find_file() == Path("../../pyproject.toml")
    (tmp_path / "repository" / "aoai-conformance.toml").write_text("")
    assert find_file() == Path("../../aoai-conformance.toml")


@pytest.mark.parametrize(
    "content",
    [b"# aoai-conformance\n[broken\n", b"\xff aoai-conformance", b"#" * 2_000_000],
    ids=["broken", "not UTF-8", "too large"],
)
def test_a_foreign_pyproject_that_cannot_be_read_is_ignored(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "pyproject.toml").write_bytes(content)
    assert find_file(tmp_path) is None


def test_a_file_that_is_named_must_be_readable(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    for content, message in (
        (b"a = 1\n\xff", ":2: the file is not UTF-8."),
        (b"#" * 2_000_000, "is larger than"),
    ):
        file.write_bytes(content)
        with pytest.raises(ConfigurationError, match=message):
            read_configuration(file)
    with pytest.raises(ConfigurationError, match="has no table"):
        parse_configuration("", Path("pyproject.toml"))


def test_windows_line_ends_and_a_byte_order_mark_do_not_matter(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(b"\xef\xbb\xbf[targets.t]\r\nurl = 'emulator'\r\nsed = 1\r\n")
    with pytest.raises(ConfigurationError, match=":3: unknown key `sed`"):
        read_configuration(file)


def test_without_a_file_there_is_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_configuration() is None
