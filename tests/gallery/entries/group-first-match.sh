claim='shapesim: of several groups the first match wins'
text='A flow joins the first group whose expression its first packet meets. 4 TCP flows, two groups
that both match: all are in the first, whichever that is.'
commands='
shapesim trace synth --flows 4 --rate 8kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --group "name=web,match=tcp port 80,rate=1kB/s" --group name=any,match=tcp,rate=2kB/s -q -o web
shapesim run trace.pcap --group name=any,match=tcp,rate=2kB/s --group "name=web,match=tcp port 80,rate=1kB/s" -q -o any'
expected='4 web 4 any'
measure() {
    local first
    for first in web any; do columns $first/flows.csv group; done | uniq -c | awk '{ print $1, $2 }' | one_line
}
