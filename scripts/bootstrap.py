"""Create .venv and install one of the locked requirement files into it.

Run by the Makefile with the machine's own Python, before anything is installed: standard library
only, and syntax that an old Python can still parse, so that it gets a sentence and not a traceback.
Running it again is free, and two runs at once wait for each other.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
# dev.txt contains all of embedded.txt in the same versions, so installing it satisfies both.
CONTAINS = {"dev": ["dev", "embedded"], "embedded": ["embedded"]}


def fail(sentence):
    sys.exit("make: " + sentence)


def check_machine():
    if sys.version_info < OLDEST:
        fail(
            "this needs Python %d.%d or newer, and %s is %d.%d. "
            "Name another one with: make PYTHON=/path/to/python3"
            % (*OLDEST, sys.executable, *sys.version_info[:2])
        )
    if importlib.util.find_spec("ensurepip") is None:
        fail(
            "%s cannot create virtual environments because its ensurepip module is missing. "
            "On Debian and Ubuntu install it with: apt-get install python3-venv" % sys.executable
        )


def digest(name):
    with open(os.path.join(ROOT, "requirements", name + ".txt"), "rb") as lock_file:
        return hashlib.sha256(lock_file.read()).hexdigest()


def stamp_path(name):
    return os.path.join(VENV, ".installed-" + name)


def is_installed(name):
    try:
        with open(stamp_path(name)) as stamp:
            return stamp.read() == digest(name) and os.path.exists(PYTHON)
    except OSError:
        return False


def run(*command):
    environment = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_ROOT_USER_ACTION="ignore")
    # A PYTHONPATH or an outer virtual environment would leak foreign packages into the installation.
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"):
        environment.pop(name, None)
    return subprocess.call(list(command), env=environment)


def venv_works():
    """False also for an environment that a killed run left half made, or whose Python has gone."""
    check = "import sys, pip; sys.exit(sys.version_info < %r)" % (OLDEST,)
    with open(os.devnull, "w") as quiet:
        try:
            return subprocess.call([PYTHON, "-c", check], stderr=quiet) == 0
        except OSError:
            return False


def install(name):
    if not venv_works():
        print("Creating .venv with %s" % sys.executable, flush=True)
        if run(sys.executable, "-m", "venv", "--clear", VENV):
            fail("creating the virtual environment in .venv failed; the reason stands above.")
    lock_file = os.path.join(ROOT, "requirements", name + ".txt")
    print("Installing requirements/%s.txt (once, takes about a minute)" % name, flush=True)
    if run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock_file):
        fail(
            "installing requirements/%s.txt failed; the reason stands above. "
            "Check the network, then run make again: it continues." % name
        )
    for satisfied in CONTAINS[name]:
        with open(stamp_path(satisfied), "w") as stamp:
            stamp.write(digest(satisfied))


def main(name):
    # Looked at before locking: an environment made by root serves other users who cannot write.
    if is_installed(name):
        return
    check_machine()
    import fcntl  # noqa: PLC0415 - absent on Windows, where the checks above speak first

    with open(os.path.join(ROOT, ".venv.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_installed(name):
            install(name)


if __name__ == "__main__":
    main(sys.argv[1])
