claim='a level of 2^32 reads as a false end of file'
text='The book: rates and bursts up to EV_RATE_LIMIT_MAX (2^63 - 1) are supported. But a socket
casts what it may read to int: at a level of 2^32 it asks for 0 bytes and takes the answer for an
end of file; at 2^32 + 5 it reads 5 bytes first. What is read of 5000 bytes at levels of 2^31 - 1,
2^31, 2^32, 2^32 + 5. shapesim refuses what is above 2^31 - 1.'
commands='
gallery_native bucket-2-32
shapesim run trace.pcap --rate 2147483648B/tick || echo refused $?'
expected='5000 5000 0+EOF 5+EOF refused 2'
measure() { one_line <printed; }
