#!/usr/bin/env bash
# The Debian packages that cpack makes of this build: their fields, what is in them, and that it runs from
# where it is unpacked. tests/install/deb tries them in a root of their own. BUILD is the build's directory.
. "$(dirname "$0")/../program/lib.sh"
: "${BUILD:?the directory of the build}"
for program in dpkg-deb dpkg-shlibdeps; do
    command -v $program >/dev/null || skip "$program is not installed"
done

expect_status 0 cpack --config "$BUILD/CPackConfig.cmake" -B "$scratch/made"
version=$("$SHAPESIM" --version | cut -d' ' -f2)
architecture=$(dpkg --print-architecture)
tool=made/shapesim_${version}_$architecture.deb
library=made/libshaper-dev_${version}_$architecture.deb
expect_equal "packages" "$(list "$library" "$tool")" "$(find made -maxdepth 1 -name '*.deb' | sort)"

# fields PACKAGE NAME...: a line each
fields() { local package=$1 name; shift; for name; do dpkg-deb -f "$package" "$name"; done; }
expect_equal "fields of shapesim" \
    "$(list shapesim "$version" "$architecture" net optional 'gnuplot-nox | gnuplot, zstd')" \
    "$(fields "$tool" Package Version Architecture Section Priority Recommends)"
expect_equal "fields of libshaper-dev" "$(list libshaper-dev "$version" "$architecture" libdevel optional)" \
    "$(fields "$library" Package Version Architecture Section Priority)"
for package in "$tool" "$library"; do
    fields "$package" Description >description
    [ "$(head -n 1 description | wc -c)" -le 80 ] && [ "$(wc -l <description)" -gt 3 ] ||
        fail "$package: the description: $(cat description)"
    expect_match "$package: who made it" '^[^<]+ <[^@ ]+@[^@ ]+>$' <(fields "$package" Maintainer)
done
# What each is linked with, and nothing twice.
fields "$tool" Depends | sed 's/, /\n/g; s/ ([^)]*)//g' | sort >depends
seccomp=(libseccomp2)
"$SHAPESIM" --version | grep -q 'sandbox: none' && seccomp=()
expect_equal "libraries that shapesim asks for" "$(list libbz2-1.0 libc6 libevent-core-2.1-7 libevent-openssl-2.1-7 \
    libjansson4 liblz4-1 liblzma5 libpcap0.8 "${seccomp[@]}" libssl3 libxxhash0 libzstd1 zlib1g)" "$(cat depends)"
expect_equal "packages that libshaper.a asks for" "$(list libc6-dev libevent-dev libssl-dev zlib1g-dev)" \
    "$(fields "$library" Depends | sed 's/, /\n/g; s/ ([^)]*)//g' | sort)"

# The two of them hold what is installed, each its part, as root's and writable only by root.
expect_status 0 cmake --install "$BUILD" --prefix "$scratch/installed"
for package in "$tool" "$library"; do
    dpkg-deb -x "$package" unpacked
    dpkg-deb --fsys-tarfile "$package" | tar -tv | awk '{ print substr($1, 5), $2 }' | sort -u
done >modes
expect_equal "modes and owners" "$(list 'r--r-- root/root' 'r-xr-x root/root')" "$(sort -u modes)"
expect_equal "files" "$(cd installed && find . -type f | sort)" "$(cd unpacked/usr && find . -type f | sort)"
expect_equal "what the library's package holds" "$(list include lib share)" \
    "$(dpkg-deb --fsys-tarfile "$library" | tar -t | cut -d/ -f3 | sort -u | grep .)"

# It runs, unpacked.
expect_status 0 unpacked/usr/bin/shapesim run unpacked/usr/share/doc/shapesim/examples/dns.pcap \
    --rate 64kbit --tick 100ms -q -o run
check run
expect_equal "the manual page" "" "$(gunzip -c unpacked/usr/share/man/man1/shapesim.1.gz | cmp "$MANUAL" - 2>&1)"
expect_equal "that of the files" "" \
    "$(gunzip -c unpacked/usr/share/man/man5/shapesim-files.5.gz | cmp "$MANUAL_FILES" - 2>&1)"

finish
