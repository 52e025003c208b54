"""The clients that are tried against the emulator, with the versions that are installed."""

from __future__ import annotations

from dataclasses import dataclass, field

#: No package younger than this is installed, also of those that the clients depend on.
BEFORE = "2026-11-20"
#: What every client has; `embeddings` where it has them.
TASKS = ("chat", "streamed_chat", "tool_call", "embeddings")


@dataclass(frozen=True)
class Client:
    """A client, the script in `scripts/` that uses it, and the packages with their versions.

    With `https_only`, it accepts no `http` address, so it gets a certificate to trust. `lacks` are tasks that
    it does not have; `not_described` are requests that no document describes, with the reason.
    """

    name: str
    registry: str
    script: str
    packages: tuple[str, ...]
    https_only: bool = False
    lacks: frozenset[str] = frozenset()
    not_described: dict[str, str] = field(default_factory=dict)
    note: str = ""

    @property
    def environment(self) -> str:
        """The folder in which its packages are installed, which several clients may share."""
        return "npm" if self.registry == "npm" else self.packages[0].partition("==")[0].partition("[")[0]

    @property
    def version(self) -> str:
        """The version of its first package."""
        return self.packages[0].rpartition("@" if self.registry == "npm" else "==")[2]


_NEEDS_VERSION = "requires an api-version: 2024-10-21"
_OPENAI = ("openai==3.57.0",)

CLIENTS = (
    Client("openai, `AzureOpenAI`", "PyPI", "with_openai_azure.py", _OPENAI, note=_NEEDS_VERSION),
    Client(
        "openai, `OpenAI`", "PyPI", "with_openai.py", _OPENAI, note="at `/openai/v1`, also the Responses API"
    ),
    Client(
        "azure-ai-inference",
        "PyPI",
        "with_azure_ai_inference.py",
        ("azure-ai-inference==1.0.0b9",),
        note="also at a serverless endpoint and without naming a model",
    ),
    Client(
        "langchain-openai",
        "PyPI",
        "with_langchain_openai.py",
        ("langchain-openai==1.7.4",),
        note=f"{_NEEDS_VERSION}; also `ChatOpenAI` at `/openai/v1`, with the Responses API too",
    ),
    Client(
        "langchain-azure-ai",
        "PyPI",
        "with_langchain_azure_ai.py",
        ("langchain-azure-ai[v1]==1.2.12",),
        note="both at `/openai/v1` and with its models for model inference",
    ),
    Client(
        "semantic-kernel",
        "PyPI",
        "with_semantic_kernel.py",
        ("semantic-kernel==1.45.0",),
        https_only=True,
        note="calls the tool and responds with its result",
    ),
    Client(
        "pydantic-ai",
        "PyPI",
        "with_pydantic_ai.py",
        ("pydantic-ai-slim[openai]==2.68.0",),
        note=f"{_NEEDS_VERSION}; also structured output, and the Responses API at `/openai/v1`",
    ),
    Client(
        "instructor",
        "PyPI",
        "with_instructor.py",
        ("instructor==1.17.0",),
        lacks=frozenset({"embeddings"}),
        note="streams partial objects; also JSON schemas",
    ),
    Client(
        "llama-index",
        "PyPI",
        "with_llama_index.py",
        ("llama-index-llms-azure-openai==0.6.1", "llama-index-embeddings-azure-openai==0.6.1"),
        note=_NEEDS_VERSION,
    ),
    Client("haystack", "PyPI", "with_haystack.py", ("haystack-ai==3.4.1",)),
    Client(
        "autogen",
        "PyPI",
        "with_autogen.py",
        ("autogen-agentchat==0.7.5", "autogen-ext[openai,azure]==0.7.5"),
        lacks=frozenset({"embeddings"}),
        note=f"{_NEEDS_VERSION}; an agent calls the tool",
    ),
    Client(
        "openai",
        "npm",
        "with_openai.mjs",
        ("openai@6.49.0",),
        note=f"`AzureOpenAI` {_NEEDS_VERSION}; `OpenAI` at `/openai/v1`, also the Responses API",
    ),
    Client(
        "@azure-rest/ai-inference",
        "npm",
        "with_azure_rest_ai_inference.mjs",
        ("@azure-rest/ai-inference@1.0.0-beta.6", "@azure/core-auth@1.10.1", "@azure/core-sse@2.3.0"),
        https_only=True,
    ),
    Client(
        "@langchain/openai",
        "npm",
        "with_langchain_openai.mjs",
        ("@langchain/openai@1.5.8", "@langchain/core@1.4.0"),
        note=_NEEDS_VERSION,
    ),
    Client(
        "ai with @ai-sdk/azure",
        "npm",
        "with_ai_sdk_azure.mjs",
        ("@ai-sdk/azure@3.0.128", "ai@6.0.326"),
        note="`azure.chat(…)`, and `azure(…)`, which uses the Responses API by default",
    ),
)
