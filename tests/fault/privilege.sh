#!/usr/bin/env bash
# The program needs no privilege: no network, no program but gnuplot and itself, no shell, nothing
# written but below the output directory. strace says what it asks of the kernel.
. "$(dirname "$0")/steps.sh"
# shellcheck source=sim/packages.sh
. "$here/../../sim/packages.sh"
command -v strace >/dev/null || (ensure_packages strace) >/dev/null 2>&1 || skip 'no strace'
export ASAN_OPTIONS=detect_leaks=0:${ASAN_OPTIONS-} # it does not work under strace
strace -o log true 2>/dev/null || skip 'strace may trace nothing here'

expect_status 0 "$SHAPESIM" trace synth --flows 3 --packet 500 --duration 100ms --rate 50kB/s -o t.pcap
limits=(--rate 100kbit --tick 10ms --flow-ticks all)

# What a system call that is listed here may do; all others are refused by name.
cat >judge.awk <<'END'
function refuse(why) { print why ": " $0 }
function is_above(path) { return index(scratch "/", path "/") == 1 }
function is_below(path) {
    if (index(path, scratch "/") == 1) path = substr(path, length(scratch) + 2)
    sub(/^\.\//, "", path)
    return index(path, out "/") == 1 || path == out || index(path, out ".") == 1 || path == "/dev/null"
}
# The nth text in quotes; the nth file, whose name is relative to the directory that strace -y shows before it.
function quoted(n,    parts) { split($0, parts, "\""); return parts[2 * n] }
function target(n,    parts) {
    split($0, parts, "\"")
    if (parts[2 * n] !~ /^\// && match(parts[2 * n - 1], /<[^<>]*>, $/))
        return substr(parts[2 * n - 1], RSTART + 1, RLENGTH - 4) "/" parts[2 * n]
    return parts[2 * n]
}
/= -1 EEXIST/ { next } # a directory that was there
{ call = $0; sub(/^[0-9]+ +/, "", call); sub(/\(.*/, "", call) }
/<\.\.\. / || /^[0-9]+ +[-+]{3} / { next }
call == "execve" {
    program = quoted(1); sub(/.*\//, "", program)
    if (program != "gnuplot" && program != "shapesim" && quoted(1) != "/proc/self/exe") refuse("runs another program")
    next
}
call ~ /^(open|openat|creat)$/ {
    if (/O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND/ && !is_below(target(1))) refuse("writes elsewhere")
    next
}
call ~ /^(mkdir|mkdirat|unlink|unlinkat|rmdir|chmod|fchmodat|truncate|mknod|mknodat|chown|fchownat)$/ {
    if (call == "mkdir" && is_above(quoted(1))) next # which is there, as always
    if (!is_below(target(1))) refuse("changes elsewhere")
    next
}
call ~ /^(rename|renameat|renameat2|link|linkat|symlink|symlinkat)$/ {
    if (!is_below(target(1)) || !is_below(target(2))) refuse("renames elsewhere")
    next
}
call == "socketpair" { if (!sockets || !/AF_UNIX/) refuse("makes sockets"); next }
call ~ /^(shutdown|getsockopt|setsockopt|sendto|recvfrom|sendmsg|recvmsg)$/ {
    if (!sockets) refuse("uses sockets")
    next
}
call ~ /^(kill|tgkill|tkill)$/ { if (!/SIGTERM/) refuse("signals"); next }
call ~ /^(setuid|setgid|setreuid|setregid|setresuid|setresgid|setgroups)$/ {
    if (!/\(0\)|getuid/ && !gnuplot) refuse("changes who it is")
    next
}
call ~ /^(socket|connect|bind|listen|accept|accept4|mount|umount2|chroot|pivot_root|ptrace)$/ ||
call ~ /^(process_vm_readv|process_vm_writev|bpf|perf_event_open|init_module|finit_module|capset)$/ ||
call ~ /^(keyctl|unshare|setns|reboot|swapon|iopl|ioperm|settimeofday|clock_settime|adjtimex)$/ ||
call ~ /^(personality|userfaultfd|io_uring_setup)$/ {
    refuse("not allowed")
    next
}
END

# allowed NAME OUT SOCKETS COMMAND...: it may write below OUT alone
allowed() {
    local name=$1 out_directory=$2 sockets=$3 refused
    shift 3
    strace -f -y -qq -s 4096 -o log "$@" >out 2>err || { fail "$name: exit status $?"; head -n 3 err >&2; }
    refused=$(awk -v scratch="$scratch" -v out="$out_directory" -v sockets="$sockets" \
        -v gnuplot="${name%%report*}" -f judge.awk log)
    expect_equal "$name" '' "$(head -n 5 <<<"$refused")"
    [ "$(wc -l <log)" -gt 20 ] || fail "$name: only $(wc -l <log) calls were seen"
}

# The judge sees what is not allowed.
strace -f -y -qq -s 4096 -o log bash -c \
    'exec 3<>/dev/tcp/127.0.0.1/1; : >elsewhere; rm elsewhere; ls >/dev/null' >out 2>&1
awk -v out=d -v sockets=0 -f judge.awk log >refused
for expected in 'not allowed: .*socket' 'not allowed: .*connect' 'writes elsewhere' \
    'changes elsewhere|runs another program'; do
    expect_match 'what the judge sees' "$expected" refused
done

# A filter may name ports and protocols, which the machine's own files know; a host's name is asked
# of nobody.
by_name='udp port domain or tcp portrange ftp-ssh or ip proto \sctp'
[ -e /etc/services ] || by_name='ip proto 132'
allowed 'names in a filter' nowhere 0 "$SHAPESIM" trace info --filter "$by_name or ip6 host ::1" t.pcap
for names in 'host www.example.org' 'ip6 host localhost' 'net loopback' 'ether host router' 'src nobody port 5' \
    'host 192.0.2.1 or (udp and dst host other)'; do
    strace -f -qq -s 4096 -o log "$SHAPESIM" trace info --filter "$names" t.pcap >out 2>err
    expect_equal "filter '$names': exit status" 2 $?
    expect_one_line "filter '$names'" 'names of hosts and networks are not looked up; give the address'
    expect_equal "filter '$names': what it asks" '' \
        "$(grep -E 'socket|connect|send(to|m?msg)|resolv\.conf|host\.conf|/etc/(hosts|networks|ethers)|nscd' log)"
done

allowed run d 0 "$SHAPESIM" run -q t.pcap "${limits[@]}" -o d
rm -rf d
allowed 'run --atomic' d 0 "$SHAPESIM" run -q t.pcap "${limits[@]}" -o d --atomic
allowed 'run --transport tls' tls 0 "$SHAPESIM" run -q t.pcap "${limits[@]}" -o tls --transport tls
allowed 'run --transport socket' socket 1 "$SHAPESIM" run -q t.pcap "${limits[@]}" -o socket --transport socket
allowed 'run --clock real' real 0 "$SHAPESIM" run -q t.pcap --rate 1gbit -o real --clock real
allowed 'run without files' nowhere 0 "$SHAPESIM" run t.pcap "${limits[@]}"
allowed verify nowhere 0 "$SHAPESIM" verify d
allowed sweep s 0 "$SHAPESIM" sweep t.pcap "${limits[@]}" --vary min-share=1,64 -q -o s -j 2
allowed 'sweep --collect' s 0 "$SHAPESIM" sweep --collect s
allowed 'trace info' nowhere 0 "$SHAPESIM" trace info t.pcap
allowed 'trace synth' u.pcap 0 "$SHAPESIM" trace synth --duration 1s -o u.pcap
if command -v gnuplot >/dev/null; then
    allowed report d/report 0 "$SHAPESIM" report -q d --format svg
    expect_equal 'programs of a report' gnuplot \
        "$(sed -n 's/.*execve("\([^"]*\)".* = 0$/\1/p; s/.*execve("\([^"]*\)".*unfinished.*/\1/p' log |
            sed 's/.*\///' | sort -u | grep -v '^shapesim$')"
fi

# --- a read-only file system but for the output ---------------------------------------------------

alone=(unshare --map-root-user --mount)
mkdir output
if "${alone[@]}" sh -c 'mount --bind output output && mount -o remount,ro,bind / / ' 2>/dev/null; then
    # shellcheck disable=SC2016
    "${alone[@]}" sh -c 'mount --bind output output &&
        for point in $(awk "{ print \$2 }" /proc/self/mounts); do
            case $point in
            "$PWD/output" | /dev* | /proc* | /sys*) ;;
            *) mount -o remount,ro,bind "$point" "$point" 2>/dev/null ;;
            esac
        done
        if (: >not-writable) 2>/dev/null; then echo "still writable" >&2; exit 77; fi
        "$0" run -q t.pcap --rate 100kbit --tick 10ms --flow-ticks all -o output/d && "$0" verify output/d >/dev/null &&
        "$0" run -q t.pcap --rate 100kbit -o output/tls --transport tls &&
        "$0" sweep t.pcap --rate 100kbit --vary min-share=1,64 -q -o output/s' "$SHAPESIM" >read-only.out 2>&1
    case $? in
    0) rm -rf d/report
        expect_same 'a run where all else is read-only' d output/d ;;
    77) printf 'this file system cannot be made read-only here\n' ;;
    *) fail "where all else is read-only: $(cat read-only.out)" ;;
    esac
else
    printf 'without the right to mount: no read-only file system\n'
fi

# --- names that a shell, gnuplot, HTML or JSON could take for more than names ---------------------

# shellcheck disable=SC2016 # it is the point that nothing expands them
names=('|touch hacked;' '<touch hacked;' '~root' '-dir' 'a"b' "a'b" '`touch hacked`$(touch hacked)'
    '"; system("touch hacked"); "'
    $'new\nline' 'é ü' $'bad\xff' '%d %s %n' '@x{y}_^' 'a\b\n' '<script>x' '&amp;' 'a,b=c' ' ')
cp t.pcap plain.pcap
expect_status 0 "$SHAPESIM" run -q plain.pcap "${limits[@]}" -o plain
has_gnuplot=0
if command -v gnuplot >/dev/null; then
    has_gnuplot=1
    expect_status 0 "$SHAPESIM" report -q plain --format svg
fi
one_name() {
    local name=$1 file
    cp "$scratch/t.pcap" "./$name.pcap"
    expect_status 0 "$SHAPESIM" run -q "${limits[@]}" "--output=$name" -- "$name.pcap" || return
    expect_status 0 "$SHAPESIM" verify -- "$name"
    for file in ticks flow_ticks flows fairness burst delays; do
        expect_same "files of a run called '$name'" "$scratch/plain/$file.csv" "./$name/$file.csv"
    done
    [ $has_gnuplot -eq 1 ] || return
    expect_status 0 "$SHAPESIM" report -q --format svg -- "$name" || return
    for file in "./$name"/report/*.svg; do
        expect_same "figures of a run called '$name'" "$scratch/plain/report/${file##*/}" "$file"
    done
    expect_equal "scripts in the page of '$name'" 0 "$(grep -c '<script>x' "./$name/report/index.html")"
    [ -z "$(find . -name 'hacked*')" ] || fail "'$name' was executed"
}
for i in "${!names[@]}"; do in_background "name-$i" one_name "${names[i]}"; done
wait
for i in "${!names[@]}"; do
    [ -e "$scratch/name-$i/passed" ] || fail "name '${names[i]}' did not pass"
done

# A sweep over traces whose names stand in its figures.
mkdir traces
# shellcheck disable=SC2016 # likewise
for name in '`touch hacked`' '"; system("touch hacked"); "' "a'b_c^d{e}@f" '<b>&amp;'; do
    cp t.pcap "traces/$name.pcap"
done
expect_status 0 "$SHAPESIM" sweep traces/*.pcap --rate 100kbit --vary min-share=1,64 -q -o '|touch hacked; #'
[ $has_gnuplot -eq 0 ] || expect_status 0 "$SHAPESIM" report -q --format svg '|touch hacked; #'
expect_equal 'runs of a sweep over strange names' 8 "$(grep -c ',ok,' './|touch hacked; #/sweep.csv')"
[ -z "$(find . -name 'hacked*')" ] || fail 'a name was executed'
cp t.pcap $'traces/bad\xff.pcap'
expect_status 2 "$SHAPESIM" sweep traces/bad* --rate 100kbit --vary min-share=1,64 -q -o no
expect_one_line 'a sweep over a name that is not UTF-8' 'is not UTF-8; rename it'
finish
