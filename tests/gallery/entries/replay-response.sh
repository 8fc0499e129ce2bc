claim='shapesim: an open replay overstates response times'
text='Two downloads by scp, captured at 4 Mbit/s, under a limit of 1 Mbit/s for what the server sends. At
captured times (--replay open) the server goes on sending as if the client had what it has not, and the
last parts wait for all before them, 17.1 s. In closed loop the client asks for more when it has what it
asked for before, as it does in the capture, and gets that within 2.7 s. The same bytes pass, and the last
of them within 0.14 s of each other. Of the 41 exchanges the p50 and p99 of response times, captured, open
and closed; when the last byte came, open and closed. ($root is the repository.)'
commands='
for replay in open closed; do
    shapesim run $root/traces/bulk.pcap --write-rate 1mbit --tick 20ms --replay $replay -q -o $replay
done'
figures='open:delay closed:delay'
expected='captured 0.230399 0.656771, open 3.817471 17.116606, closed 1.023999 2.664711, 21.420000 21.556177'
measure() {
    local replay
    printf 'captured %s %s, ' "$(summary open captured_response_p50_s)" "$(summary open captured_response_p99_s)"
    for replay in open closed; do
        printf '%s %s %s, ' $replay "$(summary $replay response_p50_s)" "$(summary $replay response_p99_s)"
    done
    for replay in open closed; do columns $replay/flows.csv completion_s start_s | last_byte; done | one_line
}
last_byte() { awk '{ at = $1 + $2; if (at > last) last = at } END { printf "%.6f\n", last }'; }
