claim='a configuration that is freed in use stops its user'
text='The book: freeing an ev_token_bucket_cfg is not safe until no bufferevent uses it. libevent keeps the pointer and
counts no users: it reads on in freed memory. A socket with 1000 B per tick reads 4000 bytes in four ticks. Then with
the configuration freed in the first, and memory that is overwritten when it is freed: the length of a tick is now
206,000 million years, and after the first 1000 bytes nothing comes. What a real program reads there is left to chance.'
commands='gallery_native limits-cfg-freed'
expected='4000 freed 1000 exit 0'
