claim='TLS 1.2 shakes hands for less and pays more for each record'
text='Not in the book. TLS 1.2 has one fixed cipher here, ECDHE-ECDSA-AES128-GCM-SHA256, and neither tickets nor
renegotiation. Its record is a header of 5 bytes, an explicit nonce of 8, the content, and 16 bytes that authenticate it:
29 more than it holds, where TLS 1.3 needs 22. Its handshake is shorter: 179 bytes of the client and 471
of the server, not 241 and 565. From the 9th record of the client (62 / 7 is 8.9) and the 14th of the server (94 / 7 is
13.4) TLS 1.3 costs less in all. Handshake bytes read and written by the responder, and what one packet of 1000
and one of 16385 bytes is charged beyond it.'
commands='
for size in 1000 16385; do
    shapesim trace synth --packet $size --rate ${size}B/s --duration 1s -o trace.pcap
    for version in 1.2 1.3; do
        shapesim run trace.pcap --transport tls --tls-version $version --rate 1MB/s -q -o $version-$size
    done
done'
expected='1.2: 179 471, 1000+29 16385+58; 1.3: 241 565, 1000+22 16385+44'
measure() {
    local version size bytes charged handshake
    for version in 1.2 1.3; do
        printf '%s: %s,' $version "$(summary $version-1000 handshake_bytes)"
        for size in 1000 16385; do
            read -r bytes _ <<<"$(summary $version-$size delivered_bytes)"
            read -r charged _ <<<"$(summary $version-$size charged_bytes)"
            read -r handshake _ <<<"$(summary $version-$size handshake_bytes)"
            printf ' %s+%s' "$bytes" $((charged - handshake - bytes))
        done
        printf '\n'
    done | paste -sd ';' | sed 's/;/; /'
}
