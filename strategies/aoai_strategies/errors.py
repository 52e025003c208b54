"""The errors of this package, below `aoai_specs.errors.ConformanceError`.

    StrategiesError                the root
    ├── CapabilitiesError          a capabilities file that cannot be used
    ├── EditError                  an edit that leads through a value without members
    ├── MissingOperationError      no operation of the document creates a resource that a case needs
    ├── NoRequestBodyError         an operation without a request body, where one is required
    └── CannotSplitError           a case that has no two points or no base request

Unknown names raise `UnknownNameError` and unusable documents `DocumentError`, both of `aoai_specs.errors`.
"""

from __future__ import annotations

from aoai_specs.errors import ConformanceError


class StrategiesError(ConformanceError):
    """The root of the errors of this package."""


class CapabilitiesError(StrategiesError):
    """A capabilities file that cannot be used."""


class EditError(StrategiesError):
    """An edit that leads through a value without members."""


class MissingOperationError(StrategiesError):
    """No operation of the document creates a resource that a case needs."""


class NoRequestBodyError(StrategiesError):
    """An operation without a request body, where one is required."""


class CannotSplitError(StrategiesError):
    """A case that has no two points or no base request."""
