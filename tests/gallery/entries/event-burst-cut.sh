claim='a smaller burst takes away what is above it'
text='The book does not say what becomes of the tokens in a bucket when its limit changes. They
stay, up to the new burst. The bucket stands at its burst of 2000 when that becomes 300 (and the
rate 200), at 500 ms; 50 ms later both are as before, but the tokens are gone: 300 at the end of
tick 5, 1300 and 2000 after the next refills at 1000. The level before and after each change, then
at the start of ticks 6 and 7.'
commands='
shapesim trace synth --direction write --rate 1kB/s --duration 1s -o trace.pcap
shapesim run trace.pcap --rate 1000B/tick --burst 2000 --tick 100ms -q -o out \
    --at 500ms:group=all,rate=200B/tick,burst=300 --at 550ms:group=all,rate=1000B/tick,burst=2000'
expected='2000 300, 300 300, 1300 2000'
measure() {
    { columns out/events.csv write_bucket_before_bytes write_bucket_after_bytes
      ticks 6 7 out/ticks.csv write_bucket_start_bytes; } | paste -sd , | sed 's/,/, /g'
}
