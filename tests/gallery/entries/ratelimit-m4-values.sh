claim='a limit that httpd would not keep to is refused'
text='PR 52964: httpd took a negative limit; 0 and what overflows its int are no limit either, and
4,194,305 KiB/s wraps to 1 KiB/s. shapesim refuses each with exit status 2.'
commands='
shapesim trace synth -o trace.pcap
for rate in -1 0 2097152 4194305; do shapesim run trace.pcap --via ratelimit=$rate -q || echo $?; done'
expected='2 2 2 2'
measure() { one_line <printed; }
