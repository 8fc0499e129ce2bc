/*
 * No host name is ever resolved: a name that libpcap looks up while it compiles an expression is
 * refused here. A program with this module has the C library's getaddrinfo(), getnetbyname_r(),
 * gethostbyname() and ether_hostton() replaced, so that no resolver is asked and no query is sent.
 * Numeric addresses and names of ports are answered as usual.
 */
#ifndef SHAPESIM_TRACES_HOST_NAMES_H
#define SHAPESIM_TRACES_HOST_NAMES_H

#define HOST_NAME_BYTES 128

/* The first name that was looked up and refused, cut to HOST_NAME_BYTES; NULL if there was none. */
const char *host_names_asked(void);

/* From now on names of ports and protocols come only from /etc/services and /etc/protocols, and
 * from no server or daemon that nsswitch.conf may name. */
void host_names_use_files(void);

#endif
