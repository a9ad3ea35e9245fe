"""`python3 -m scheduler`: the same as `python3 -m app scheduler`, through the same door."""

import sys

from app.__main__ import run

if __name__ == "__main__":
    sys.exit(run(["scheduler", *sys.argv[1:]]))
