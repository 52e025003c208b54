"""Collect the tests: one for each rule and operation, and one for the run as a whole.

Their ids contain no path, api-version or operationId, so a test has the same id on another machine and at
another api-version: `aoai_conformance::azure-openai::chat::CHAT-001`. If a session tests several documents,
or a document has several operations of one kind, the ids name them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aoai_conformance.judging.clauses import find_clause
from aoai_conformance.judging.scope import concerns
from aoai_conformance.pytest_suite.outcomes import (
    InconclusiveError,
    check_result,
    check_run,
    reason_to_skip,
    remarks_text,
    result_of,
)
from aoai_conformance.rule import Rule
from aoai_conformance.target.documents import documents_of
from aoai_conformance.target.selection import choose_operations, choose_rules
from aoai_specs.document import Operation
from aoai_specs.errors import ConformanceError

if TYPE_CHECKING:
    from aoai_conformance.pytest_suite.activation import Conformance

ROOT_ID = "aoai_conformance"
RUN_TEST = "judged-to-its-end"


class Suite(pytest.Directory):
    """All tests; it replaces the folder of the package, which has no test files."""

    def __init__(self, *, conformance: Conformance, **more: Any) -> None:
        super().__init__(**more)
        self.conformance = conformance

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Yield a collector for each document, and the test of the run.

        Raises CollectError, with a message for the user, if an option names something that does not exist.
        """
        try:
            yield from self._collectors()
        except ConformanceError as error:
            raise self.CollectError(str(error)) from error

    def _collectors(self) -> Iterator[pytest.Item | pytest.Collector]:
        choices = self.conformance.choices
        documents = documents_of(choices)
        rules = choose_rules(choices.rules)
        for document, operations in choose_operations(choices, documents):
            name = document.name.surface if len(documents) == 1 else str(document.name)
            yield DocumentTests.from_parent(
                self, name=name, conformance=self.conformance, operations=operations, rules=rules
            )
        yield RunTest.from_parent(self, name=RUN_TEST, conformance=self.conformance)


class DocumentTests(pytest.Collector):
    """The tests of one document."""

    def __init__(
        self, *, conformance: Conformance, operations: list[Operation], rules: tuple[Rule, ...], **more: Any
    ) -> None:
        super().__init__(**more)
        self.conformance = conformance
        self.operations = operations
        self.rules = rules

    def collect(self) -> Iterable[pytest.Collector]:
        """Yield a collector for each operation."""
        kinds = Counter(operation.kind for operation in self.operations)
        for operation in self.operations:
            unique = kinds[operation.kind] == 1 and operation.kind != "other"
            yield OperationTests.from_parent(
                self,
                name=operation.kind if unique else operation.id,
                conformance=self.conformance,
                operation=operation,
                rules=self.rules,
            )


class OperationTests(pytest.Collector):
    """The tests of one operation."""

    def __init__(
        self, *, conformance: Conformance, operation: Operation, rules: tuple[Rule, ...], **more: Any
    ) -> None:
        super().__init__(**more)
        self.conformance = conformance
        self.operation = operation
        self.rules = rules
        self.extra_keyword_matches |= {operation.id, operation.kind, str(operation.document.name)}

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each rule that applies to this kind of operation and api-version."""
        for rule in self.rules:
            if concerns(rule, self.operation):
                yield RuleTest.from_parent(
                    self, name=rule.id, conformance=self.conformance, operation=self.operation, rule=rule
                )


class ConformanceTest(pytest.Item):
    """A test that reads the record of the session's run."""

    def __init__(self, *, conformance: Conformance, **more: Any) -> None:
        super().__init__(**more)
        self.conformance = conformance

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return the headline of a failure, which names no file."""
        return self.config.rootpath / ROOT_ID, None, self.nodeid.partition("::")[2].replace("::", " ")

    def _repr_failure_py(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the message of an error in setup; formatting a traceback, which nobody sees, takes 0.1 s.

        This method is private to pytest. If pytest stops calling it, the report stays the same.
        """
        if isinstance(excinfo.value, InconclusiveError):
            return str(excinfo.value)
        return super()._repr_failure_py(excinfo, style)


class RuleTest(ConformanceTest):
    """One rule at one operation."""

    def __init__(self, *, operation: Operation, rule: Rule, **more: Any) -> None:
        super().__init__(**more)
        self.operation = operation
        self.rule = rule
        self.extra_keyword_matches |= {rule.level, rule.topic}
        self.conformance.tested.add((str(operation.document.name), operation.id, rule.id))
        if self.conformance.allure is not None:
            self.conformance.allure.describe_rule(self)

    def setup(self) -> None:
        """Skip if no exchange was judged; raise an error if the rule, or the whole run, was inconclusive."""
        document = str(self.operation.document.name)
        facts = {
            "document": document,
            "operation": self.operation.id,
            "level": self.rule.level,
            "requirement": self.rule.requirement,
            "clause": find_clause(self.rule, self.operation),
        }
        self.user_properties.extend(facts.items())
        if self.conformance.allure is not None:
            self.conformance.allure.add_parameters(self)
        run = self.conformance.run()
        result = result_of(run, document, self.operation.id, self.rule.id)
        if self.conformance.allure is not None:
            self.conformance.allure.add_evidence(run, result)
        why = reason_to_skip(run, result)
        if why is not None:
            pytest.skip(why)

    def runtest(self) -> None:
        """Fail with the violations, or xfail with the explanation in the baseline; warnings are attached."""
        run = self.conformance.run()
        result = result_of(run, str(self.operation.document.name), self.operation.id, self.rule.id)
        remarks = remarks_text(run, result)
        if remarks:
            self.add_report_section("call", "warnings and notes", remarks)
        check_result(run, result)


class RunTest(ConformanceTest):
    """The run as a whole: it finished, and it has no failures outside the other tests."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        if self.conformance.allure is not None:
            self.conformance.allure.describe_run(self)

    def setup(self) -> None:
        """Raise an error if the run is inconclusive."""
        if self.conformance.allure is not None:
            self.conformance.allure.add_parameters(self)
        self.conformance.require_conclusive()

    def runtest(self) -> None:
        """Fail for stale entries of the baseline, and for defects of operations without tests."""
        check_run(self.conformance.run(), self.conformance.tested)
