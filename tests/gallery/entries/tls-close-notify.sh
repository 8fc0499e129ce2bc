claim='without a close-notify peers see an error, unless they allow it'
text='A bufferevent that meets the end of the stream before a close-notify reports an error, not an
end of file; one that bufferevent_openssl_set_allow_dirty_shutdown() was called for reports the end
of file all the same. Three flows of 8 packets; peers that saw an error, and what was charged beyond the
handshakes: 24 records of 1022 bytes read and nothing written, with a close-notify, with
--dirty-shutdown, and with --dirty-shutdown allowed. (The 24 bytes of a close-notify are sent when the
flow has left its group: no bucket pays them.)'
commands='
shapesim trace synth --flows 3 --rate 8kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --transport tls --rate 1MB/s -q -o clean
shapesim run trace.pcap --transport tls --rate 1MB/s --dirty-shutdown -q -o dirty
shapesim run trace.pcap --transport tls --rate 1MB/s --dirty-shutdown allowed -q -o allowed'
expected='clean 0 of 3, 24528 0; dirty 3 of 3, 24528 0; allowed 0 of 3, 24528 0'
measure() {
    local run read written read_handshake written_handshake
    for run in clean dirty allowed; do
        read -r read written <<<"$(summary $run charged_bytes)"
        read -r read_handshake written_handshake <<<"$(summary $run handshake_bytes)"
        printf '%s %s of %s, %d %d\n' $run "$(summary $run unclean_ends)" "$(summary $run handshakes)" \
            $((read - read_handshake)) $((written - written_handshake))
    done | paste -sd ';' | sed 's/;/; /g'
}
