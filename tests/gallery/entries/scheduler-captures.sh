claim='shapesim: what other schedulers would have changed'
text='The captures that ship, at their own times, what the servers send limited to less than they offer,
with a tick of 10 ms and the default min-share. For each scheduler: the mean of J over windows of one
tick, the idle-neighbour bias (largest over smallest service per contended tick), the p99 of the delay
in seconds, and grants per tick. Active-share and round robin change little here: a tick has many grants
of 64 B and more, so that its first one decides little; and larger first grants, which active-share
makes, lower J if anything. The bias, here of flows that wait at different times, hardly moves, nor does
the delay, which is that of the limit. DRR and SFQ deal each tick out in equal pieces: J rises, at up to
6.5 times the grants. ($root is the repository.)'
commands='
for setting in web:3mbit bulk:2mbit ipv6:2mbit; do
    for scheduler in libevent active-share shuffle round-robin drr sfq; do
        shapesim run $root/traces/${setting%:*}.pcap --write-rate ${setting#*:} --tick 10ms \
            --scheduler $scheduler --count payload --replay open --flow-ticks none -q -o ${setting%:*}-$scheduler
    done
done'
figures='web-libevent:fairness web-drr:fairness'
expected='trace scheduler         J(1)   bias  delay p99   grants
web   libevent        0.9121  2.023  11.010047    28.82
web   active-share    0.9052  2.124  10.944511    27.85
web   shuffle         0.9114  2.140  10.944511    29.01
web   round-robin     0.9116  2.073  10.993488    28.93
web   drr             0.9853  2.087  10.944511    59.59
web   sfq             0.9849  2.086  10.944511    59.02
bulk  libevent        0.8937  1.031   6.126982     6.13
bulk  active-share    0.9006  1.017   6.094847     5.62
bulk  shuffle         0.9007  1.040   6.094847     6.29
bulk  round-robin     0.9006  1.024   6.094847     6.25
bulk  drr             0.9943  1.024   6.094847    39.83
bulk  sfq             0.9939  1.024   6.094847    39.77
ipv6  libevent        0.9392  2.085   5.175514    20.47
ipv6  active-share    0.9026  2.118   5.175514    14.01
ipv6  shuffle         0.9400  2.133   5.175514    20.47
ipv6  round-robin     0.9397  2.125   5.175514    20.48
ipv6  drr             0.9822  2.089   5.175514    39.93
ipv6  sfq             0.9812  2.089   5.175514    39.87'
measure() {
    local capture scheduler run
    printf '%-5s %-13s %8s %6s %10s %8s\n' trace scheduler 'J(1)' bias 'delay p99' grants
    for capture in web bulk ipv6; do
        for scheduler in libevent active-share shuffle round-robin drr sfq; do
            run=$capture-$scheduler
            printf '%s %s %s %s %s %s %s\n' $capture $scheduler "$(of_write jain_one_tick_mean)" \
                "$(of_write idle_neighbour_bias)" "$(of_write delay_p99_s)" "$(of_write grants)" \
                "$(summary $run ticks)"
        done
    done | awk '{ printf "%-5s %-13s %8.4f %6.3f %10.6f %8.2f\n", $1, $2, $3, $4, $5, $6 / $7 }'
}
of_write() { summary "$run" "$1" | awk '{ print $2 }'; }
