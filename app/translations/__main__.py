"""`python3 -m app translations [--check]`: bring the catalogues up to date, and list what is not translated.

With `--check` nothing is written. The exit code is 1 while a text has no words.
"""

import argparse
import sys

from app.translations import bring_up_to_date, catalogues, untranslated


def main() -> int:
    """The exit code: 0 when every text in use is translated in every catalogue."""
    parser = argparse.ArgumentParser(prog="python3 -m app translations", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    is_only_check = parser.parse_args().check
    missing = 0
    for path in catalogues():
        if not is_only_check:
            bring_up_to_date(path)
        faults = untranslated(path)
        missing += len(faults)
        sys.stdout.write("".join(f"{path.parent.parent.name}: {fault}\n" for fault in faults))
    sys.stdout.write(f"{missing} not translated\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
