"""Code in the tutorials is code of the tree: a block behind `<!-- quote: path -->` stands in that file, line for line, and only commands of
a shell are not quoted.

usage: quotes.py ROOT
"""
import pathlib
import re
import sys

BLOCK = re.compile(r"(?:<!-- quote: (?P<path>\S+) -->\n)?^```(?P<language>\w*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


def wrong(root, page):
    """(line, complaint) of each block that is not what it says; how many blocks there are comes last."""
    text, complaints, count = page.read_text(), [], 0
    for match in BLOCK.finditer(text):
        count += 1
        line = text.count("\n", 0, match.start()) + 1
        if match["path"] is None:
            if match["language"] != "sh":
                complaints.append((line, "the block quotes no file"))
        elif not (root / match["path"]).is_file():
            complaints.append((line, f"there is no {match['path']}"))
        elif f"\n{match['code']}" not in f"\n{(root / match['path']).read_text()}":
            complaints.append((line, f"not the text of {match['path']}"))
    return complaints, count


def main():
    root = pathlib.Path(sys.argv[1])
    blocks = failures = 0
    for page in sorted((root / "docs/tutorials").glob("*.md")):
        complaints, count = wrong(root, page)
        blocks += count
        failures += len(complaints)
        for line, complaint in complaints:
            print(f"{page.relative_to(root)}:{line}: {complaint}")
    print(f"{blocks} blocks, {failures} wrong")
    return int(failures > 0 or blocks == 0)


if __name__ == "__main__":
    sys.exit(main())
