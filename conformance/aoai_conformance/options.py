"""The options of a run, each declared once, for the command line and the pytest plugin."""

# ruff: noqa: RUF009 - _option returns a dataclass field

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeVar, get_args

T = TypeVar("T")
_NUMBER = r"(\d+(?:\.\d+)?)"
_DURATION = re.compile(rf"(?:{_NUMBER}h)?(?:{_NUMBER}m)?(?:{_NUMBER}s?)?", re.ASCII)

Scheme = Literal["key", "bearer", "none", "entra"]
TargetLayout = Literal["azure", "openai"]

SURFACES = ("azure-openai", "ai-model-inference")
PROFILES = ("smoke", "standard", "deep")
#: The kinds of deployments: what models serve.
DEPLOYMENT_KINDS = ("chat", "completions", "embeddings", "images", "transcription", "translation", "speech")
#: Groups of operations without a deployment in their path, and what the kinds of these operations start with.
RESOURCE_GROUPS: Mapping[str, str] = {
    "files": "file-",
    "uploads": "upload-",
    "batches": "batch-",
    "models": "model-",
    "fine-tuning": "fine-tuning-",
}
#: The kinds that `--deployment KIND=NAME` knows.
SELECTABLE_KINDS = (*DEPLOYMENT_KINDS, *RESOURCE_GROUPS)
EMULATOR: Final = "emulator"
KEY_VARIABLE = "AZURE_OPENAI_API_KEY"
KEY_HEADER = "api-key"
TOKEN_VARIABLE = "AZURE_OPENAI_AD_TOKEN"  # noqa: S105 - a name, not a token
#: The key of a target's address in a configuration file; `target` is accepted, too.
TARGET_KEY = "url"
#: Equal to `aoai_strategies.planning.planning.DEEP_EXAMPLES`, which is slow to import.
DEEP_EXAMPLES = 25
#: Equal to `aoai_reports.results.sufficiency.MIN_SHOWN`, which is slow to import.
MIN_SHOWN = 90.0


class Duration(float):
    """Seconds, written as a number of them or with units: `90`, `15m`, `2h`, `1h30m`.

    Raises ValueError for other texts, and for durations that are not positive.
    """

    __slots__ = ()

    def __new__(cls, text: str | float) -> Self:
        """Parse a duration."""
        match = _DURATION.fullmatch(str(text).strip())
        if match is None:
            raise ValueError(f"{text!r} is not a duration such as 90, 15m or 2h")
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        total = 3600 * hours + 60 * minutes + seconds
        if total <= 0:
            raise ValueError(f"{text!r} is not a duration such as 90, 15m or 2h")
        return super().__new__(cls, total)

    @classmethod
    def is_valid(cls, value: object) -> bool:
        """Whether a value is a duration."""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return False
        try:
            return cls(value) > 0
        except ValueError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """How one field of `RunChoices` is given: its name without dashes, its type, its limits and its help.

    `commands` are the subcommands that have it besides `run` and `plan`; the pytest plugin has all. `field`
    is the name of the field. An option that is `repeatable` collects its values. `help_in` replaces `help` in
    a subcommand, or in the plugin (`pytest`). `folder` tells whether a path may be a folder.

    In a configuration file, the option is the key `key`. If its values are pairs such as KIND=NAME, `table`
    is the name of a table of them, whose keys are `table_keys` if only these exist. An option that is not
    `configurable` is about one run and has no key.
    """

    field: str
    name: str
    type: type
    help: str
    default: Any = None
    commands: frozenset[str] = frozenset()
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    repeatable: bool = False
    folder: bool = False
    help_in: Mapping[str, str] = dataclasses.field(default_factory=dict)
    table: str = ""
    table_keys: tuple[str, ...] = ()
    configurable: bool = True

    def help_for(self, command: str) -> str:
        """The help in a subcommand, or in the plugin (`pytest`)."""
        return self.help_in.get(command, self.help)

    @property
    def key(self) -> str:
        """The key in a configuration file."""
        return TARGET_KEY if self.field == "target" else self.table or self.name

    @property
    def is_path(self) -> bool:
        """Whether a value is a file or folder, unless it is a URL or one of `words`."""
        return self.type is Path or "FILE" in (self.metavar or "").split("|")

    def is_local(self, value: str) -> bool:
        """Whether a value is a path of this machine, not a URL, a commit or a name."""
        if not self.is_path or value in self.words or "://" in value or value.startswith("git:"):
            return False
        from aoai_specs.loading.sources import is_document_name

        return "NAME" not in (self.metavar or "") or not is_document_name(value)

    @property
    def takes_limits(self) -> bool:
        """Whether a value is a number, for everything or, as NAME=N, for one deployment."""
        return (self.metavar or "").endswith("=]N")

    @property
    def words(self) -> tuple[str, ...]:
        """The values that stand for themselves where others are names, such as `none` of `PATH|none`."""
        return tuple(each for each in (self.metavar or "").split("|") if not each.isupper())

    @property
    def range(self) -> str:
        """The values that a number may have, in words; empty where any is allowed."""
        if self.minimum is None:
            return ""
        if self.maximum is None:
            return f"at least {self.minimum:g}"
        return f"between {self.minimum:g} and {self.maximum:g}"

    def allows(self, value: float) -> bool:
        """Whether a number is within the limits."""
        least, most = self.minimum, self.maximum
        return (least is None or value >= least) and (most is None or value <= most)


def _option(default: T, help: str, commands: str = "", *, name: str = "", **details: Any) -> T:  # noqa: A002
    """A field of `RunChoices` with the option that sets it; `commands` are separated by spaces."""
    facts = {"name": name, "help": help, "commands": frozenset(commands.split()), **details}
    declared: T = field(default=default, metadata={"option": facts})
    return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChoices:
    """What a user may choose for a run; every field is an option of the command line.

    `deployments` have the form KIND=NAME. `out` is a new or empty folder; None creates one in `aoai-runs`.
    `history` is the file or the URL of the database to which the run is added; None adds it nowhere. `events`
    is the file that gets the events of the run; None writes none.
    """

    target: str = _option(
        EMULATOR, "The root URL of the resource, such as https://NAME.openai.azure.com.", "doctor init",
        metavar="emulator|URL",
        help_in={"pytest": "Test this server; `--pyargs aoai_conformance` selects the tests."},
    )  # fmt: skip
    surface: str | None = _option(
        None, "The API to test. Default: azure-openai.", "judge record doctor init", choices=SURFACES,
        help_in=dict.fromkeys(("judge", "record"), "Judge only this API. Default: both."),
    )  # fmt: skip
    api_versions: tuple[str, ...] = _option(
        (),
        "Repeatable. Default: the newest dated GA version of the surface. The only one is also sent for a "
        "--spec whose info.version is no api-version.",
        "judge record doctor init",
        name="api-version", metavar="V",
        help_in=dict.fromkeys(("judge", "record"), "Repeatable. Default: those of the requests."),
    )  # fmt: skip
    specs: tuple[str, ...] = _option(
        (), "Test against this API description; - is standard input. Repeatable.", "judge record doctor",
        name="spec", metavar="FILE|URL|-|git:REV:PATH",
    )  # fmt: skip
    overlays: tuple[str, ...] = _option(
        (),
        "Change each --spec by this OpenAPI Overlay (1.0 or 1.1), or by the corrections of a packaged "
        "document, such as azure-openai@2024-10-21. Repeatable.",
        "judge record doctor", name="overlay", metavar="FILE|URL|NAME",
    )  # fmt: skip
    allow_remote_refs: bool = _option(
        False, "Follow references of a --spec to other hosts, too.", "judge record doctor"
    )
    as_published: bool = _option(
        False, "Do not apply the overlay that corrects known mistakes.", "judge record"
    )
    profile: str = _option("standard", "How much to test.", choices=PROFILES)
    operations: tuple[str, ...] = _option(
        (), "Test only this operationId, in any letter case. Repeatable.",
        name="operation", metavar="ID",
    )  # fmt: skip
    excluded: tuple[str, ...] = _option(
        (), "Skip this operationId; it is reported as excluded. Repeatable.",
        name="exclude-operation", metavar="ID",
    )  # fmt: skip
    seed: int = _option(0, "The same seed gives the same plan.")
    examples: int = _option(
        DEEP_EXAMPLES,
        "Profile deep: how many valid and how many invalid requests to generate for each operation; "
        "Schemathesis generates as many again.",
        minimum=0, metavar="N",
    )  # fmt: skip
    max_requests: int | None = _option(
        None, "Send at most N requests, the most valuable ones. Retries and bisecting count.",
        type=int, minimum=1, metavar="N",
    )  # fmt: skip
    max_tokens: int | None = _option(
        None, "Use at most N tokens: plan fewer requests, and stop sending once they are used.",
        type=int, minimum=1, metavar="N",
    )  # fmt: skip
    max_cost: float | None = _option(
        None, "Spend at most this much, in the currency of the prices. Works like --max-tokens.",
        type=float, minimum=0, metavar="AMOUNT",
    )  # fmt: skip
    max_time: float | None = _option(
        None, "Take at most this long: 90 (seconds), 15m or 2h. Works like --max-tokens.",
        type=Duration, metavar="DURATION",
    )  # fmt: skip
    prices: Path | None = _option(
        None, "Your own prices. Default: example prices of well-known models.", type=Path, metavar="FILE"
    )
    allow_billed: bool = _option(
        False,
        "Send batches, fine-tuning jobs, evaluations, containers, realtime sessions and threads, too. The "
        "emulator needs no permission.",
    )
    deployments: tuple[str, ...] = _option(
        (),
        f"The deployment for a kind of operation. Repeatable. Kinds: {', '.join(DEPLOYMENT_KINDS)}; and "
        f"{', '.join(RESOURCE_GROUPS)}, which also select operations on request (see `specs list`).",
        "doctor init", name="deployment", metavar="KIND=NAME",
        table="deployments", table_keys=SELECTABLE_KINDS,
    )  # fmt: skip
    capabilities: Path | None = _option(
        None, "The capabilities of the deployments: capabilities.json or the folder of an earlier run.",
        type=Path, metavar="FILE", folder=True,
    )  # fmt: skip
    target_layout: TargetLayout = _option(
        "azure",
        "openai: paths such as /v1/chat/completions, the deployment as the body's model, the key as a bearer "
        "token, and no api-version; Azure-specific checks are skipped.",
        "doctor init", choices=get_args(TargetLayout),
    )  # fmt: skip
    rules: tuple[str, ...] = _option(
        (), "Check only this rule. Repeatable.", "judge record", name="rule", metavar="ID"
    )
    api_key_env: str = _option(
        KEY_VARIABLE, "The environment variable that holds the key.", "replay doctor init", metavar="NAME"
    )
    api_key_header: str = _option(
        KEY_HEADER, "The header that carries the key, such as Ocp-Apim-Subscription-Key.",
        "replay doctor init", metavar="NAME",
    )  # fmt: skip
    auth: Scheme = _option(
        "key",
        "bearer: send the key as a bearer token. none: send no credentials, and no points about them. "
        f"entra: use a token from {TOKEN_VARIABLE} or azure-identity.",
        "replay doctor init", choices=get_args(Scheme),
    )  # fmt: skip
    headers: tuple[str, ...] = _option(
        (),
        "Send this header with every request. Repeatable. ${VARIABLE} in the value is read from the "
        "environment and masked everywhere, like the key.",
        "replay doctor init", name="header", metavar="NAME=VALUE", table="headers",
    )  # fmt: skip
    base_path: str | None = _option(
        None,
        "The path between the root and the operations; / for none. Default: that of the document, such as "
        "/openai or /models; endpoints of model inference without /models are detected.",
        "replay doctor init", metavar="PATH",
    )  # fmt: skip
    ca: Path | None = _option(
        None,
        "Trust only the certificates in this PEM file.",
        "replay doctor init record",
        type=Path,
        metavar="FILE",
    )
    cert: Path | None = _option(
        None, "The client certificate (PEM), with its key or with --cert-key.", "replay doctor init record",
        type=Path, metavar="FILE",
    )  # fmt: skip
    cert_key: Path | None = _option(
        None,
        "The key of the client certificate (PEM).",
        "replay doctor init record",
        type=Path,
        metavar="FILE",
    )
    proxy: str | None = _option(
        None,
        "Send all requests through this proxy, also those to this machine. Its password must come from the "
        "environment: http://NAME:${VARIABLE}@HOST:PORT. Default: the proxy of the environment.",
        "replay doctor init record", metavar="URL",
    )  # fmt: skip
    timeout: float = _option(
        120.0, "How long to wait for a complete response.", "replay doctor",
        minimum=0.1, metavar="SECONDS",
    )  # fmt: skip
    concurrency: int = _option(
        8, "How many requests to send at the same time.", minimum=1, maximum=256, metavar="N"
    )
    rpm: tuple[str, ...] = _option(
        (), "Send at most N requests a minute to each deployment, to that of KIND, or to NAME. Repeatable. "
        "Default: what the headers of the responses announce.",
        metavar="[KIND=|NAME=]N",
    )  # fmt: skip
    tpm: tuple[str, ...] = _option(
        (), "Spend at most N tokens a minute on each deployment, on that of KIND, or on NAME. Repeatable. "
        "Default: what the headers of the responses announce.",
        metavar="[KIND=|NAME=]N",
    )  # fmt: skip
    max_wait: float = _option(
        300.0, "How long to wait if the server requests it; if it requests a longer wait, the rest of that "
        "deployment's requests are not sent.",
        minimum=0, metavar="SECONDS",
    )  # fmt: skip
    baseline: Path | None = _option(
        None, "Accepted violations, each with a reason.", "judge record report",
        type=Path, metavar="FILE", help_in={"pytest": "Accepted violations; their tests xfail."},
    )  # fmt: skip
    strict: bool = _option(False, "Fail on SHOULD violations too.", "judge record report")
    flaky: bool = _option(
        False,
        "Do not fail on violations that came, went and came back in earlier runs of the history. They are "
        "listed as known, and fail with --strict or once each of the last 3 runs shows them.",
    )
    min_shown: float = _option(
        MIN_SHOWN, "The share of each operation's points that must be shown for a conformant verdict.",
        minimum=0, maximum=100, metavar="PERCENT",
    )  # fmt: skip
    require_complete: bool = _option(False, "Count points that a budget cuts as not shown.")
    quirks: Path | None = _option(
        None, "Your own known deviations: a match passes and is reported as a quirk.", "judge record",
        type=Path, metavar="FILE",
    )  # fmt: skip
    out: Path | None = _option(
        None, "Write to this new or empty folder. Default: aoai-runs/<UTC time>-<target>.",
        type=Path, metavar="DIR", folder=True,
    )  # fmt: skip
    events: Path | None = _option(
        None, "Write what happens to this file as it happens, as JSON lines; - is standard output.",
        type=Path, metavar="FILE|-",
    )  # fmt: skip
    history: str | Path | None = _option(
        None,
        "Add the run to this history: a file, or a database such as postgresql+psycopg://USER@HOST/DATABASE. "
        "Default: history.sqlite3 in the user's data folder.",
        metavar="FILE|URL|none",
        help_in={"pytest": "Add the run to this history, a file or the URL of a database. Default: none."},
    )  # fmt: skip
    label: str | None = _option(
        None, "The name of the target in the history, which keeps its runs together if its URL changes.",
        metavar="NAME",
    )  # fmt: skip


def options_of(command: str = "run") -> Iterator[Option]:
    """The options of a subcommand in the order of the help; `run` and `plan` have all of them."""
    for each in fields(RunChoices):
        declared = Option(
            **{
                "field": each.name,
                "type": str if each.default in (None, ()) else type(each.default),
                "default": each.default,
                "repeatable": each.default == (),
                **each.metadata["option"],
                "name": each.metadata["option"]["name"] or each.name.replace("_", "-"),
            }
        )
        if command in ("run", "plan") or command in declared.commands:
            yield declared
