"""`python -m aoai_emulator`: the emulator on its own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from aoai_emulator.settings import FLAVOURS, Settings
from aoai_specs.errors import ConformanceError


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve as the arguments say and return the exit code: 0, or 2 with one sentence on stderr."""
    options = _parser().parse_args(arguments)
    try:
        return _serve(options)
    except ConformanceError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 0


def _serve(options: argparse.Namespace) -> int:
    from aoai_emulator import parse_deployments
    from aoai_emulator.server import serve
    from aoai_specs.catalogue import Catalogue

    deployments = parse_deployments(options.deployment)
    catalogue = Catalogue.packaged()
    if options.spec:
        documents = tuple(catalogue.load_file(path) for path in options.spec)
    else:
        documents = (catalogue.load(str(catalogue.newest_stable("azure-openai"))),)
    settings = Settings(
        api_key=options.api_key,
        flavour=options.flavour,
        faults=tuple(options.fault),
        documents=documents,
        seed=options.seed,
        deployments=deployments,
    )
    serve(settings, options.host, options.port)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m aoai_emulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 chooses a free one")
    parser.add_argument(
        "--api-key", help="accept only this key (default: any key that does not start with `wrong`)"
    )
    parser.add_argument("--flavour", choices=FLAVOURS, default="azure", help="default: %(default)s")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="ID", help="enable this fault; repeatable"
    )
    parser.add_argument(
        "--spec", action="append", default=[], metavar="FILE", help="serve this API description; repeatable"
    )
    parser.add_argument(
        "--deployment",
        action="append",
        default=[],
        metavar="NAME=MODEL",
        help="deploy a model that rejects what the real model rejects; repeatable",
    )
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same content")
    return parser


if __name__ == "__main__":
    sys.exit(main())
