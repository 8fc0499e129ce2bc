#include "traces/link_handle.h"

#include <stdio.h>

/* libpcap's own table translates the number where a file is opened: it gets the header of an empty
 * one. */
pcap_t *link_handle_new(uint32_t link_type)
{
    struct pcap_file_header header = {.magic = 0xa1b2c3d4,
                                      .version_major = PCAP_VERSION_MAJOR,
                                      .version_minor = PCAP_VERSION_MINOR,
                                      .snaplen = LINK_SNAPLEN_BYTES_MAX,
                                      .linktype = link_type};
    char text[PCAP_ERRBUF_SIZE];
    FILE *stream = fmemopen(&header, sizeof(header), "rb");

    if (!stream)
        return NULL;
    pcap_t *pcap = pcap_fopen_offline(stream, text);
    if (!pcap)
        fclose(stream);
    return pcap;
}
