claim='what inflates at the far end is what went in'
text='--via deflate puts zlib above both ends; each write is flushed (Z_SYNC_FLUSH), so that nothing
waits. At level 0 the lengths are those of the format: 2 bytes of header, for each of ten packets 5 +
1000 in a stored block and 5 for the flush, 5 for the last block and 4 for the checksum: 10,111. Bytes
sent, below the filter, received, and whether the CRCs of both ends agree.'
commands='
shapesim trace synth --direction write --packet 1000 --rate 10kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 1MB/s --via deflate=0 --payload random -q -o out'
expected='10000 10111 10000 same CRC'
measure() {
    columns out/filters.csv direction sent_before_bytes sent_after_bytes received_after_bytes \
        sent_crc32 received_crc32 |
        awk '$1 == "write" { print $2, $3, $4, $5 == $6 ? "same CRC" : "CRCs differ" }'
}
