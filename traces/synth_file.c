#include "traces/synth_file.h"

#include <string.h>
#include <unistd.h>

#include <pcap/pcap.h>

#define RECORD_HEADER_BYTES 16
#define FRAME_HEAD_BYTES    12 /* the two hosts' addresses */

/* The beginning of such a capture that is always the same, except for the snap length. */
static bool has_header(const char *bytes)
{
    struct pcap_file_header header;

    memcpy(&header, bytes, sizeof(header));
    return header.magic == 0xa1b2c3d4 && header.version_major == PCAP_VERSION_MAJOR &&
           header.version_minor == PCAP_VERSION_MINOR && header.thiszone == 0 &&
           header.sigfigs == 0 && header.linktype == DLT_EN10MB;
}

static bool has_hosts(const char *frame)
{
    static const char hosts[2][FRAME_HEAD_BYTES] = {{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2},
                                                    {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}};

    return memcmp(frame, hosts[0], FRAME_HEAD_BYTES) == 0 ||
           memcmp(frame, hosts[1], FRAME_HEAD_BYTES) == 0;
}

static bool is_own(int fd)
{
    char head[sizeof(struct pcap_file_header) + RECORD_HEADER_BYTES + FRAME_HEAD_BYTES];
    ssize_t bytes = pread(fd, head, sizeof(head), 0);

    if (bytes < (ssize_t)sizeof(struct pcap_file_header) || !has_header(head))
        return false;
    return bytes == (ssize_t)sizeof(struct pcap_file_header) || /* a capture without packets */
           (bytes == (ssize_t)sizeof(head) &&
            has_hosts(head + sizeof(struct pcap_file_header) + RECORD_HEADER_BYTES));
}

const struct single_file_kind synth_file_kind = {
    .is_own = is_own, .is_foreign = "is no capture of trace synth", .option = "-o"};
