claim='a handshake is charged: 241 bytes in, 565 out'
text='Not in the book. TLS 1.3 as OpenSSL 3.0 speaks it, one cipher, X25519, an Ed25519 certificate
of 230 bytes in its message, no tickets. The client: its hello 5 + 172, change-cipher-spec 6,
finished 36 + 22 for the record: 241. The server: its hello 5 + 122, change-cipher-spec 6, then in
records of their own (22 each) extensions 6, certificate 230, its signature 72 and finished 36: 565.
Read and written by a flow limited at the responder; limited at the initiator it is the other way
round.'
commands='
shapesim trace synth --rate 8kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --transport tls --rate 1MB/s -q -o responder
shapesim run trace.pcap --transport tls --rate 1MB/s --shape initiator -q -o initiator'
expected='241 565, 565 241'
measure() { printf '%s, %s\n' "$(summary responder handshake_bytes)" "$(summary initiator handshake_bytes)"; }
