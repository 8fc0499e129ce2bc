/*
 * No name of a host is ever looked up: what libpcap asks for a name while it compiles an expression
 * ends here. A program that has this module has the C library's getaddrinfo(), getnetbyname_r(),
 * gethostbyname() and ether_hostton() replaced, so that no resolver is asked and no query goes out.
 * Addresses in digits, and names of ports, are answered as ever.
 */
#ifndef SHAPESIM_TRACES_HOST_NAMES_H
#define SHAPESIM_TRACES_HOST_NAMES_H

#define HOST_NAME_BYTES 128

/* The first name that was asked for in vain, cut to HOST_NAME_BYTES; NULL where there was none. */
const char *host_names_asked(void);

/* Names of ports and protocols come from now on from /etc/services and /etc/protocols alone, and
 * from no server or daemon that nsswitch.conf may name. */
void host_names_use_files(void);

#endif
