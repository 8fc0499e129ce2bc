claim='a tick below 1 ms is a division by zero'
text='The book: ticks cannot be smaller than 1 millisecond. Nothing refuses them: with 999 us
libevent dies of SIGFPE (signal 8); with 1 ms it runs. shapesim refuses them.'
commands='
gallery_native tick-below-1-ms
shapesim run trace.pcap --rate 1kB/s --tick 999us || echo refused $?'
expected='signal 8, exit 0 refused 2'
measure() { one_line <printed; }
