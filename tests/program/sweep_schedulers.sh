#!/usr/bin/env bash
# The jobs that sweep --print-jobs prints, under schedulers that people have: GNU parallel, and a
# Slurm of one node that is started here, where a run is killed and made again. Each gives the table of a plain sweep,
# to the byte.
. "$(dirname "$0")/lib.sh"

expect_status 0 "$SHAPESIM" trace synth --flows 4 --rate 30kB/s --duration 60s -o 'a trace.pcap'
settings=('a trace.pcap' --rate 50kB/s --tick 1ms --vary min-share=1,64 --vary 'filter=tcp,tcp port 80' --seeds 1-2)
expect_status 0 "$SHAPESIM" sweep -q -o plain "${settings[@]}"
tried=0

# print_jobs DIR [slurm]: into DIR.jobs
print_jobs() {
    expect_status 0 "$SHAPESIM" sweep -o "$1" "${settings[@]}" --print-jobs ${2:+"$2"}
    mv out "$1.jobs"
}

# collect DIR: the same tables and runs as the plain sweep's
collect() {
    expect_status 0 "$SHAPESIM" sweep -q --collect "$1"
    for name in sweep.csv sweep-summary.csv runs; do
        expect_same "$1: $name" plain/$name "$1/$name"
    done
    tried=$((tried + 1))
}

# --- GNU parallel -----------------------------------------------------------------------------------

if parallel --version 2>/dev/null | grep -q '^GNU parallel'; then
    export HOME=$scratch # for what it keeps
    print_jobs parallel
    parallel -j 2 <parallel.jobs >out 2>err || fail "parallel: $(cat err)"
    collect parallel
else
    printf 'without GNU parallel: its part is left out\n'
fi

# --- Slurm ------------------------------------------------------------------------------------------

daemons=()

# ready COMMAND...: waits for a daemon, half a minute at most
ready() {
    for _ in {1..300}; do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    return 1
}

# end_daemons: those that were started here, the last one first
end_daemons() {
    local i
    for ((i = ${#daemons[@]} - 1; i >= 0; i--)); do
        kill "${daemons[i]}" 2>/dev/null
        wait "${daemons[i]}" 2>/dev/null
    done
    daemons=()
}

write_configuration() {
    local host
    host=$(hostname -s)
    cat >slurm.conf <<END
ClusterName=sweep
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPort=$((20000 + $$ % 20000))
SlurmdPort=$((20001 + $$ % 20000))
AuthType=auth/munge
AuthInfo=socket=$slurm/munge.socket
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP OverSubscribe=NO
END
}

start_slurm() {
    slurm=$scratch/slurm
    mkdir -p "$slurm/state" "$slurm/spool" && chmod 711 "$scratch" "$slurm" && cd "$slurm" || return 1
    write_configuration
    export SLURM_CONF=$slurm/slurm.conf
    (umask 077 && head -c 1024 /dev/urandom >munge.key)
    munged --force --foreground --socket="$slurm/munge.socket" --key-file="$slurm/munge.key" \
        --pid-file="$slurm/munge.pid" --log-file="$slurm/munge.log" \
        --seed-file="$slurm/munge.seed" >munged.out 2>&1 &
    daemons+=($!)
    ready munge -n --socket="$slurm/munge.socket" || return 1
    slurmctld -D -f "$SLURM_CONF" >slurmctld.out 2>&1 &
    daemons+=($!)
    slurmd -D -f "$SLURM_CONF" >slurmd.out 2>&1 &
    daemons+=($!)
    ready node_is_idle
}

node_is_idle() { [ "$(sinfo -h -o %t)" = idle ]; }

run_slurm() { timeout 120 sbatch -Q --wait slurm.jobs >out 2>err; }

# kill_run: one of those in progress, if there is any
kill_run() {
    local run
    run=$(pgrep -o -f "^$SHAPESIM run .*$PWD/slurm/runs/") && kill -s KILL "$run" 2>/dev/null
}

# Some of its runs are there then, others not; it is the job that waits for them.
kill_one_of_slurm() {
    local waiting
    print_jobs slurm slurm
    run_slurm &
    waiting=$!
    until kill_run || ! kill -0 $waiting 2>/dev/null; do :; done
    wait $waiting && fail "Slurm: no run was killed"
    expect_status 1 "$SHAPESIM" sweep -q --collect slurm
    expect_match "a run that was killed" '^shapesim: 1 of 8 runs are missing or failed' err
}

try_slurm() {
    local program
    for program in slurmctld slurmd sbatch sinfo munged munge; do
        command -v $program >/dev/null || {
            printf 'without %s: Slurm is left out\n' $program
            return
        }
    done
    [ "$(id -u)" -eq 0 ] || { printf 'not root: Slurm is left out\n'; return; }
    trap 'end_daemons; rm -rf "$scratch"' EXIT
    if start_slurm; then
        cd "$scratch" || return
        mkdir sweep && cd sweep && ln -s '../a trace.pcap' . && ln -s ../plain .
        kill_one_of_slurm
        print_jobs slurm slurm
        expect_equal "what is made again" 1 "$(grep -c ' run .* --output ' slurm.jobs)"
        run_slurm || fail "sbatch: $(cat err)"
        collect slurm
    else
        printf 'Slurm does not start here: it is left out\n'
        tail -n 3 "$slurm"/*.out "$slurm"/*.log
    fi
    end_daemons
    cd "$scratch" || return
}

try_slurm
[ $tried -gt 0 ] || [ $failures -gt 0 ] || skip "neither GNU parallel nor Slurm can be had"
finish
