"""`python -m aoai_conformance`, the same as the command `aoai-conformance`."""

from aoai_conformance.cli import main

if __name__ == "__main__":
    main()
