claim='a read limit holds the sender only when the buffers are full'
text='The book: read limits rely on TCP, which pushes back on the sender when its buffers are full. 10 MB are sent over TCP on
127.0.0.1, with small buffers in the kernel, to a socket that may read 1000 bytes per hour: it reads 1000, and more
than half still waits in the output of the sender, which nobody has limited. Then the limit is taken away. (What
is in the buffers of the kernel depends on the system.)'
commands='gallery_native socket-push-back'
expected='1000 read, the sender waits; without limit 10000000 read, 0 wait'
