"""Fetch the front-end libraries into static/vendor/ (make vendor, needs npm).

Packages come through npm at the versions below, so that it finds the registry the way it is set up
on this machine. What was fetched is committed, with checksums in vendor.lock: a build needs neither
npm nor a network, and fetching a version again must give the same bytes. `--check` compares the
files with the lock. Standard library only.
"""

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "static" / "vendor"
LOCK = TARGET / "vendor.lock"
# Package and version -> the files that we serve, and the licence that must go with them.
PACKAGES = {
    ("htmx.org", "4.0.1"): {
        "dist/htmx.min.js": "htmx.min.js",
        "LICENSE": "htmx.LICENSE",
    },
    ("@picocss/pico", "2.1.1"): {
        "css/pico.min.css": "pico.min.css",
        "LICENSE.md": "pico.LICENSE",
    },
    ("uplot", "1.6.32"): {
        "dist/uPlot.esm.js": "uplot.js",
        "dist/uPlot.min.css": "uplot.min.css",
        "LICENSE": "uplot.LICENSE",
    },
    ("@fontsource-variable/inter", "5.3.0"): {
        "files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
        "files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
        "LICENSE": "inter.LICENSE",
    },
}


def main(arguments):
    if arguments == ["--check"]:
        return check()
    if arguments:
        sys.exit("Usage: python scripts/vendor.py [--check]")
    known = {(entry["name"], entry["version"]): entry for entry in read_lock()}
    TARGET.mkdir(parents=True, exist_ok=True)
    entries = [fetch(name, version, files, known) for (name, version), files in PACKAGES.items()]
    LOCK.write_text(json.dumps(entries, indent=2) + "\n", encoding="utf-8")
    return 0


def read_lock():
    return json.loads(LOCK.read_text(encoding="utf-8")) if LOCK.exists() else []


def fetch(name, version, files, known):
    with tempfile.TemporaryDirectory() as folder:
        archive = pack(f"{name}@{version}", folder)
        entry = {"name": name, "version": version, "sha256": sha256(archive.read_bytes())}
        before = known.get((name, version))
        if before and before["sha256"] != entry["sha256"]:
            sys.exit(f"vendor: {name} {version} is not what it was when it was first fetched.")
        with tarfile.open(archive) as package:
            manifest = json.load(member(package, "package.json"))
            entry |= {"licence": manifest["license"], "files": {}}
            for path, served in files.items():
                content = member(package, path).read()
                (TARGET / served).write_bytes(content)
                entry["files"][served] = sha256(content)
    print(f"{name} {version}: {', '.join(files.values())}")
    return entry


def pack(package, folder):
    command = ["npm", "pack", "--silent", package, "--pack-destination", folder]
    try:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    except FileNotFoundError:
        sys.exit("vendor: npm is not installed. It is needed to fetch, not to build or to run.")
    except subprocess.CalledProcessError:
        sys.exit(f"vendor: npm could not fetch {package}.")
    (archive,) = Path(folder).glob("*.tgz")
    return archive


def member(package, path):
    found = package.extractfile(f"package/{path}")
    if found is None:
        sys.exit(f"vendor: the package has no file {path}.")
    return found


def check():
    """Whether the committed files are those that were fetched."""
    locked = {file: digest for entry in read_lock() for file, digest in entry["files"].items()}
    wrong = [
        file
        for file, digest in locked.items()
        if not (TARGET / file).exists() or sha256((TARGET / file).read_bytes()) != digest
    ]
    extra = {path.name for path in TARGET.iterdir()} - set(locked) - {LOCK.name}
    for file in sorted([*wrong, *extra]):
        print(f"vendor: {file} is not what vendor.lock says. Run: make vendor", file=sys.stderr)
    return 1 if wrong or extra else 0


def sha256(content):
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
