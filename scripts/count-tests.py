#!/usr/bin/env python3
"""Prints `N passed, N failed` for a run of ctest; exits 1 when something failed.

usage: count-tests.py RESULTS    RESULTS has ctest.xml (JUnit) and, for suites with tests inside, NAME.json as
GoogleTest or lit wrote it. A suite that failed without such a file (it crashed) counts as one failure.
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as xml


def count_inside(path):
    """(passed, failed) of the tests a suite ran, None when it left no result."""
    try:
        result = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    if "testsuites" in result:  # GoogleTest
        skipped = sum(
            test.get("result") in ("SKIPPED", "SUPPRESSED")
            for suite in result["testsuites"]
            for test in suite["testsuite"]
        )
        failed = result["failures"]
        return result["tests"] - skipped - failed, failed
    codes = [test["code"] for test in result["tests"]]  # lit
    passed = sum(code in ("PASS", "XFAIL", "FLAKYPASS") for code in codes)
    return passed, len(codes) - passed - codes.count("UNSUPPORTED")


def main():
    results = pathlib.Path(sys.argv[1])
    passed = failed = 0
    try:
        suites = xml.parse(results / "ctest.xml").getroot().findall("testcase")
    except (OSError, xml.ParseError) as error:
        print(f"count-tests: no result of ctest: {error}", file=sys.stderr)
        suites, failed = [], 1
    for suite in suites:
        # A suite whose program is missing is `notrun`: it failed.
        if suite.get("status") == "disabled":
            continue
        ok = suite.get("status") == "run"
        inside_passed, inside_failed = count_inside(results / f"{suite.get('name')}.json") or (int(ok), int(not ok))
        passed += inside_passed
        failed += max(inside_failed, int(not ok))
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
