"""The result of an examination: rows, problems with their remedies, and the configuration to use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from aoai_conformance.configuration.writing import suggested_name, target_text
from aoai_conformance.doctor.evidence import Evidence
from aoai_conformance.doctor.rate_limits import rate_limits
from aoai_conformance.doctor.symptoms.symptom import Symptom, facts_of
from aoai_conformance.doctor.symptoms.table import diagnose
from aoai_conformance.options import RunChoices
from aoai_model.serialization import Json
from aoai_strategies.planning.capabilities import Capabilities

DOCTOR_SCHEMA: Final = "aoai-conformance/doctor/v1"


@dataclass(frozen=True, slots=True)
class Problem:
    """A symptom with what it was seen at; `quote` is what the server says, `operations` where it says so."""

    symptom: str
    sentence: str
    remedy: str
    quote: str
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One operation, or one api-version, and how it responded."""

    name: str
    api_version: str
    deployment: str
    ok: bool
    status: int
    quote: str


@dataclass(frozen=True, slots=True)
class Report:
    """What the examination of a target showed.

    The target is `usable` if every deployment of the user responds. `configuration` is a table of the
    configuration file, with what was found.
    """

    target: str
    usable: bool
    requests: int
    operations: tuple[Row, ...]
    api_versions: tuple[Row, ...]
    capabilities: Capabilities
    limits: Mapping[str, Mapping[str, str]]
    problems: tuple[Problem, ...]
    configuration: str

    def to_json(self) -> dict[str, Json]:
        """The JSON form, as described by the schema `doctor-v1`."""
        limits: dict[str, Json] = {name: dict(headers) for name, headers in self.limits.items()}
        return {
            "schema": DOCTOR_SCHEMA,
            "target": self.target,
            "usable": self.usable,
            "requests": self.requests,
            "problems": [
                {
                    "symptom": each.symptom,
                    "sentence": each.sentence,
                    "remedy": each.remedy,
                    "quote": each.quote,
                    "operations": list(each.operations),
                }
                for each in self.problems
            ],
            "operations": [_row_json("operation", each) for each in self.operations],
            "api_versions": [_row_json("operation", each) for each in self.api_versions],
            "capabilities": self.capabilities.to_json(),
            "limits": limits,
            "configuration": self.configuration,
        }


def _row_json(kind: str, row: Row) -> dict[str, Json]:
    return {
        kind: row.name,
        "api_version": row.api_version,
        "deployment": row.deployment,
        "ok": row.ok,
        "status": row.status,
        "quote": row.quote,
    }


def problems_in(evidence: Iterable[Evidence]) -> tuple[Problem, ...]:
    """The problems that the evidence shows, in the order of sending; equal ones are one."""
    found: dict[tuple[str, str], Problem] = {}
    for each in evidence:
        if not each.is_sent:
            continue
        for symptom in diagnose(each):
            problem = _problem(symptom, each)
            first = found.setdefault((problem.symptom, problem.sentence), problem)
            operations = tuple(dict.fromkeys((*first.operations, each.operation)))
            found[problem.symptom, problem.sentence] = replace(first, operations=operations)
    return tuple(found.values())


def _problem(symptom: Symptom, evidence: Evidence) -> Problem:
    facts = facts_of(evidence)
    return Problem(
        symptom.id,
        symptom.sentence.format_map(facts),
        symptom.remedy.format_map(facts),
        evidence.quote,
        (evidence.operation,),
    )


def row_of(evidence: Evidence) -> Row:
    """How an operation responded."""
    return Row(
        evidence.operation,
        evidence.api_version,
        evidence.deployment,
        evidence.is_ok,
        evidence.status,
        "" if evidence.is_ok else evidence.quote,
    )


def limits_in(evidence: Iterable[Evidence]) -> dict[str, Mapping[str, str]]:
    """The limits that the server states, by deployment."""
    found: dict[str, Mapping[str, str]] = {}
    for each in evidence:
        stated = rate_limits(each.response)
        if each.deployment and stated:
            found.setdefault(each.deployment, stated)
    return found


def suggested_configuration(name: str, choices: RunChoices, evidence: Iterable[Evidence]) -> str:
    """The table of the target with the deployments that respond, or with all if none does."""
    answered = {each.deployment for each in evidence if each.is_ok}
    deployments = tuple(each for each in choices.deployments if each in answered) or choices.deployments
    label = None if choices.label == name else choices.label
    suggested = replace(choices, deployments=deployments, label=label)
    return target_text(name or suggested_name(choices.target), suggested)
