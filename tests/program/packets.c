/*
 * Writes a capture of a few TCP segments and UDP datagrams to standard output:
 *
 *     usage: packets US,FLOW,DIRECTION,BYTES[,FLAGS[-BACK|+GAP][#ID]]...
 *
 * Without arguments the packets are read from standard input, one a line. For example
 *
 *     packets 0,0,r,1000 0,0,w,200 10000,1,r,5 10000,0,w,0,F >two.pcap
 *
 * US is the time in microseconds, at least that of the packet before it. FLOW is 0 to 65535: from
 * 10.1.0.0 + FLOW, port 20000 + FLOW % 40000, to 10.0.0.1, port 80. DIRECTION is r for what the
 * shaped end reads (the initiator sends it) and w for what it writes. BYTES is the payload, up to
 * 65495; frames are cut after their headers. FLAGS are letters, F (FIN), R (RST), S (SYN; from
 * the responder SYN+ACK) and U (a UDP datagram instead). Sequence numbers advance by what was sent,
 * acknowledgment numbers cover all that came before. BACK makes a segment begin that many numbers
 * earlier, as one that is sent again: "1000,0,w,500,-500" is the last 500 bytes once more; GAP
 * makes it begin later. ID is the IP identification, else 0: the same again makes a frame that was
 * captured twice.
 *
 * A flow whose first packet is w and no SYN begins with an empty segment of the initiator at the
 * same time: the end that sends the first packet is the initiator.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define FLOWS_MAX     65536
#define PAYLOAD_MAX   65495
#define HEADERS_BYTES 54 /* Ethernet, IPv4 and TCP */
#define UDP_LESS      12 /* that a UDP header is shorter */
#define FIRST_SECOND  1000

#define TCP_FIN 1U
#define TCP_SYN 2U
#define TCP_RST 4U
#define TCP_ACK 16U
#define UDP     256U

struct packet {
    uint64_t us;
    uint32_t flow;
    bool is_write;
    uint32_t bytes;
    unsigned flags;
    int32_t offset; /* of its sequence number from the next one */
    uint32_t id;
};

static struct {
    bool has_begun;
    uint32_t sent[2]; /* sequence numbers used, by the initiator and by the responder */
} flows[FLOWS_MAX];

/* --- reading --------------------------------------------------------------------------------- */

static bool read_flags(const char *text, unsigned *flags)
{
    for (; *text; text++) {
        if (*text == 'F')
            *flags |= TCP_FIN;
        else if (*text == 'R')
            *flags |= TCP_RST;
        else if (*text == 'S')
            *flags |= TCP_SYN;
        else if (*text == 'U')
            *flags |= UDP;
        else
            return false;
    }
    return true;
}

static bool read_packet(const char *text, struct packet *packet)
{
    static uint64_t last_us;
    char direction, letters[8] = "";
    int end = 0;

    *packet = (struct packet){.flags = 0};
    if (sscanf(text, "%" SCNu64 ",%" SCNu32 ",%c,%" SCNu32 "%n", &packet->us, &packet->flow,
               &direction, &packet->bytes, &end) != 4)
        return false;
    text += end;
    end = 0;
    if (*text == ',') {
        text++;
        sscanf(text, "%7[A-Z]%n", letters, &end);
        text += end;
        end = 0;
    }
    if ((*text == '-' || *text == '+') && sscanf(text, "%" SCNd32 "%n", &packet->offset, &end) != 1)
        return false;
    text += end;
    end = 0;
    if (*text == '#' && sscanf(text, "#%" SCNu32 "%n", &packet->id, &end) != 1)
        return false;
    packet->is_write = direction == 'w';
    if (text[end] || packet->us < last_us || packet->flow >= FLOWS_MAX ||
        packet->bytes > PAYLOAD_MAX || (direction != 'r' && direction != 'w'))
        return false;
    last_us = packet->us;
    return read_flags(letters, &packet->flags);
}

/* --- writing --------------------------------------------------------------------------------- */

static void out32(uint32_t value) /* of the file's byte order, known from its first word */
{
    fwrite(&value, sizeof(value), 1, stdout);
}

static void out8(uint32_t value)
{
    putchar((int)(value & 255));
}

static void out_be16(uint32_t value)
{
    out8(value >> 8);
    out8(value);
}

static void out_be32(uint32_t value)
{
    out_be16(value >> 16);
    out_be16(value);
}

static void out_zeros(unsigned count)
{
    while (count-- > 0)
        out8(0);
}

static void write_file_header(void)
{
    out32(0xa1b2c3d4); /* microseconds */
    out32(4 << 16 | 2);
    out32(0);
    out32(0);
    out32(65535);
    out32(1); /* Ethernet */
}

static void write_segment(const struct packet *packet)
{
    const uint32_t addresses[2] = {0x0a010000 + packet->flow, 0x0a000001};
    const uint32_t ports[2] = {20000 + packet->flow % 40000, 80};
    unsigned from = packet->is_write ? 1 : 0;
    uint32_t *sent = flows[packet->flow].sent;
    bool is_udp = packet->flags & UDP;
    unsigned less = is_udp ? UDP_LESS : 0;

    out32((uint32_t)(FIRST_SECOND + packet->us / 1000000));
    out32((uint32_t)(packet->us % 1000000));
    out32(HEADERS_BYTES - less);
    out32(HEADERS_BYTES - less + packet->bytes);
    out_zeros(12);
    out_be16(0x0800);
    out_be16(0x4500);
    out_be16(40 - less + packet->bytes);
    out_be16(packet->id);
    out_zeros(2);
    out_be16(64 << 8 | (is_udp ? 17 : 6));
    out_zeros(2);
    out_be32(addresses[from]);
    out_be32(addresses[1 - from]);
    out_be16(ports[from]);
    out_be16(ports[1 - from]);
    if (is_udp) {
        out_be16(8 + packet->bytes);
        out_zeros(2);
        return;
    }
    out_be32(1 + sent[from] + (uint32_t)packet->offset);
    out_be32(packet->flags & TCP_ACK ? 1 + sent[1 - from] : 0);
    out_be16(0x5000 | packet->flags);
    out_be16(65535);
    out_zeros(4);
    int64_t more = (int64_t)packet->bytes + (packet->flags & (TCP_SYN | TCP_FIN) ? 1 : 0);
    more += packet->offset;
    if (more > 0)
        sent[from] += (uint32_t)more;
}

static void write_packet(struct packet *packet)
{
    bool begins = !flows[packet->flow].has_begun;

    flows[packet->flow].has_begun = true;
    if (begins && packet->is_write && !(packet->flags & TCP_SYN))
        write_segment(&(struct packet){
            .us = packet->us, .flow = packet->flow, .flags = TCP_ACK | (packet->flags & UDP)});
    if (packet->is_write || !(packet->flags & TCP_SYN))
        packet->flags |= TCP_ACK;
    write_segment(packet);
}

static bool take(const char *text)
{
    struct packet packet;

    if (!read_packet(text, &packet)) {
        fprintf(stderr, "packets: not US,FLOW,r|w,BYTES[,FLAGS[-BACK|+GAP][#ID]]: %s\n", text);
        return false;
    }
    write_packet(&packet);
    return true;
}

int main(int argc, char **argv)
{
    char line[256];

    write_file_header();
    for (int i = 1; i < argc; i++)
        if (!take(argv[i]))
            return 2;
    while (argc == 1 && fgets(line, sizeof(line), stdin)) {
        line[strcspn(line, "\n")] = 0;
        if (!take(line))
            return 2;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
