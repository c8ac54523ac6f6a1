"""The files of the checkout, for the checks of this folder. Generated and ignored files are not among them."""
import pathlib
import subprocess

CODE = {".cpp", ".h", ".c", ".inc"}
SKIPPED_FOLDERS = {".git", ".cache"}


def files(root, suffixes):
    """Paths below `root` with one of `suffixes`, relative, sorted: git's view where there is one."""
    root = pathlib.Path(root)
    listing = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True, text=True, check=False,
    )
    if listing.returncode == 0 and listing.stdout:
        paths = (pathlib.Path(name) for name in listing.stdout.split("\0") if name)
    else:
        paths = (path.relative_to(root) for path in root.rglob("*"))
        paths = (path for path in paths if not path.parts[0].startswith("build") and path.parts[0] not in SKIPPED_FOLDERS)
    return sorted({path for path in paths if path.suffix in suffixes and (root / path).is_file()})
