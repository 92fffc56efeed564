"""python -m portfolio.embedded stop: ends the servers of this checkout, the tests' included."""

import sys

from portfolio.embedded import EmbeddedError, data_directory, locate, stop


def main(arguments: list[str]) -> None:
    if arguments != ["stop"]:
        sys.exit("Usage: python -m portfolio.embedded stop")
    for name in ("postgres", "test-postgres"):
        cluster = locate(data_directory(), name)
        if stop(cluster):
            sys.stdout.write(f"Stopped the PostgreSQL server of {cluster.data}\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except EmbeddedError as error:
        sys.exit(str(error))
