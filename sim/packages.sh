# Sourced by sim/demo, tests/run and other scripts: makes sure that Debian packages are there.

# Prints one line and ends the script.
give_up() {
    echo "$(basename "$0"): $*" >&2
    exit 1
}

package_is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# ensure_packages NAME...: installs those that are missing, as root or with sudo.
ensure_packages() {
    local name missing=() as_root=()
    command -v dpkg-query >/dev/null || give_up "this is no Debian; install these by hand: $*"
    for name in "$@"; do
        package_is_installed "$name" || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || give_up "run this as root, or install: ${missing[*]}"
        as_root=(sudo)
    fi
    echo "Installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq ||
        give_up "apt-get update failed; check the network, or install: ${missing[*]}"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
        give_up "apt-get install failed; try by hand: apt-get install ${missing[*]}"
}

# What is needed to build the tool, and to draw.
build_packages=(gcc libc6-dev make cmake pkg-config libevent-dev libssl-dev libpcap-dev
    libxxhash-dev zlib1g-dev libzstd-dev liblzma-dev libbz2-dev liblz4-dev libjansson-dev
    libseccomp-dev uthash-dev)
plot_packages=(gnuplot-nox zstd)

# build_preset NAME [TARGET...]: configures and builds quietly, showing the output where it fails.
build_preset() {
    local preset=$1 log
    shift
    log=$(mktemp)
    if ! { cmake --preset "$preset" && cmake --build --preset "$preset" "${@/#/--target=}"; } >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        give_up "the build failed; what it printed stands above"
    fi
    rm -f "$log"
}
