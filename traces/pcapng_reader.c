#include "traces/pcapng_reader.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/dlt.h>

#define BLOCK_SECTION   0x0a0d0d0aU
#define BLOCK_INTERFACE 1U
#define BLOCK_PACKET    2U /* obsolete */
#define BLOCK_SIMPLE    3U
#define BLOCK_ENHANCED  6U

#define ORDER_MAGIC 0x1a2b3c4dU

#define OPTION_END      0
#define OPTION_TSRESOL  9
#define OPTION_TSOFFSET 14

#define HEAD_BYTES       8U  /* type and length */
#define SHORTEST_BLOCK   12U /* with the length once more */
#define FIRST_BODY_BYTES 4096U
#define BODY_BYTES_MAX   (16U * 1024 * 1024) /* of a block that is looked into, as libpcap's */
#define INTERFACES_MAX   (1024U * 1024)
#define MICROSECONDS_MAX ((uint64_t)PACKET_LATEST_TIME_S * 1000000)

/* Pedantic C has no name for it. */
__extension__ typedef unsigned __int128 wide;

struct interface {
    int link_type;
    uint32_t snaplen_bytes;
    uint8_t resolution; /* if_tsresol */
    int64_t offset_s;
};

struct pcapng_reader {
    FILE *stream;
    pcapng_link_type *link_type;
    void *arg;
    bool swaps; /* the section's byte order is not ours */
    bool has_section;
    struct interface *interfaces;
    size_t interface_count;
    size_t interface_room;
    uint8_t *body;
    size_t body_room;
    uint32_t body_bytes;
    int64_t last_ns;
    bool has_pending; /* the packet that pcapng_reader_start() has read */
    struct capture_packet pending;
    enum pcapng_status ended; /* what every later call returns, unless PCAPNG_OK */
    char text[160];
};

static uint32_t in_order32(const struct pcapng_reader *reader, uint32_t value)
{
    return reader->swaps ? __builtin_bswap32(value) : value;
}

static uint32_t get32(const struct pcapng_reader *reader, size_t at)
{
    uint32_t value;

    memcpy(&value, reader->body + at, sizeof(value));
    return in_order32(reader, value);
}

static uint16_t get16(const struct pcapng_reader *reader, size_t at)
{
    uint16_t value;

    memcpy(&value, reader->body + at, sizeof(value));
    return reader->swaps ? __builtin_bswap16(value) : value;
}

static uint64_t get64(const struct pcapng_reader *reader, size_t at)
{
    uint64_t value;

    memcpy(&value, reader->body + at, sizeof(value));
    return reader->swaps ? __builtin_bswap64(value) : value;
}

static enum pcapng_status __attribute__((format(printf, 3, 4)))
fail(struct pcapng_reader *reader, enum pcapng_status status, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reader->text, sizeof(reader->text), format, arguments);
    va_end(arguments);
    return status;
}

static bool read_exactly(struct pcapng_reader *reader, void *to, size_t count)
{
    return fread(to, 1, count, reader->stream) == count;
}

/* --- blocks ------------------------------------------------------------------------------ */

static enum pcapng_status make_room(struct pcapng_reader *reader, uint32_t bytes)
{
    if (bytes <= reader->body_room)
        return PCAPNG_OK;
    size_t room = bytes > FIRST_BODY_BYTES ? bytes : FIRST_BODY_BYTES;
    uint8_t *body = realloc(reader->body, room);
    if (!body)
        return PCAPNG_NO_MEMORY;
    reader->body = body;
    reader->body_room = room;
    return PCAPNG_OK;
}

/* The length is stored again at the block's end. */
static enum pcapng_status read_trailer(struct pcapng_reader *reader, uint32_t block_bytes)
{
    uint32_t again;

    if (!read_exactly(reader, &again, sizeof(again)))
        return PCAPNG_TRUNCATED;
    if (in_order32(reader, again) != block_bytes)
        return fail(reader, PCAPNG_DAMAGED,
                    "block total length in header and trailer don't match: %u and %u", block_bytes,
                    in_order32(reader, again));
    return PCAPNG_OK;
}

/* Reads what follows the first `have` bytes of the body. */
static enum pcapng_status read_body(struct pcapng_reader *reader, uint32_t block_bytes,
                                    uint32_t have)
{
    reader->body_bytes = block_bytes - SHORTEST_BLOCK;
    if (reader->body_bytes > BODY_BYTES_MAX)
        return fail(reader, PCAPNG_DAMAGED, "a block of %u bytes, of at most %u", block_bytes,
                    BODY_BYTES_MAX);
    enum pcapng_status status = make_room(reader, reader->body_bytes);
    if (status != PCAPNG_OK)
        return status;
    if (!read_exactly(reader, reader->body + have, reader->body_bytes - have))
        return PCAPNG_TRUNCATED;
    return read_trailer(reader, block_bytes);
}

static enum pcapng_status skip_body(struct pcapng_reader *reader, uint32_t block_bytes)
{
    uint32_t left = block_bytes - SHORTEST_BLOCK;
    enum pcapng_status status = make_room(reader, FIRST_BODY_BYTES);

    while (status == PCAPNG_OK && left > 0) {
        uint32_t some = left < FIRST_BODY_BYTES ? left : FIRST_BODY_BYTES;
        if (!read_exactly(reader, reader->body, some))
            return PCAPNG_TRUNCATED;
        left -= some;
    }
    return status == PCAPNG_OK ? read_trailer(reader, block_bytes) : status;
}

static enum pcapng_status check_length(struct pcapng_reader *reader, uint32_t block_bytes)
{
    if (block_bytes < SHORTEST_BLOCK || block_bytes % 4 != 0)
        return fail(reader, PCAPNG_DAMAGED, "a block with the length %u", block_bytes);
    return PCAPNG_OK;
}

/* A section's byte order stands behind its length. */
static enum pcapng_status read_section(struct pcapng_reader *reader, uint32_t raw_bytes)
{
    uint32_t magic;

    if (make_room(reader, FIRST_BODY_BYTES) != PCAPNG_OK)
        return PCAPNG_NO_MEMORY;
    if (!read_exactly(reader, &magic, sizeof(magic)))
        return PCAPNG_TRUNCATED;
    if (magic != ORDER_MAGIC && magic != __builtin_bswap32(ORDER_MAGIC))
        return fail(reader, reader->has_section ? PCAPNG_DAMAGED : PCAPNG_NOT_PCAPNG,
                    "a section header without the byte-order magic");
    reader->swaps = magic != ORDER_MAGIC;
    uint32_t block_bytes = in_order32(reader, raw_bytes);
    enum pcapng_status status = check_length(reader, block_bytes);
    if (status == PCAPNG_OK && block_bytes < SHORTEST_BLOCK + 16)
        status = fail(reader, PCAPNG_DAMAGED, "a section header of %u bytes", block_bytes);
    if (status == PCAPNG_OK)
        status = read_body(reader, block_bytes, sizeof(magic));
    if (status != PCAPNG_OK)
        return status;
    if (get16(reader, 4) != 1)
        return fail(reader, PCAPNG_UNSUPPORTED, "unknown pcapng savefile major version number %u",
                    get16(reader, 4));
    reader->has_section = true;
    reader->interface_count = 0;
    return PCAPNG_OK;
}

/* --- interfaces ---------------------------------------------------------------------------- */

static enum pcapng_status read_option(struct pcapng_reader *reader, struct interface *interface,
                                      size_t at, uint16_t code, uint16_t bytes)
{
    if (code == OPTION_TSRESOL && bytes == 1)
        interface->resolution = reader->body[at];
    else if (code == OPTION_TSOFFSET && bytes == 8)
        interface->offset_s = (int64_t)get64(reader, at);
    else if (code == OPTION_TSRESOL || code == OPTION_TSOFFSET)
        return fail(reader, PCAPNG_DAMAGED, "an interface's option %u of %u bytes", code, bytes);
    return PCAPNG_OK;
}

static enum pcapng_status read_options(struct pcapng_reader *reader, struct interface *interface,
                                       size_t at)
{
    enum pcapng_status status = PCAPNG_OK;

    while (status == PCAPNG_OK && at < reader->body_bytes) {
        if (reader->body_bytes - at < 4)
            return fail(reader, PCAPNG_DAMAGED, "an interface's options end within one");
        uint16_t code = get16(reader, at), bytes = get16(reader, at + 2);
        size_t padded = ((size_t)bytes + 3) / 4 * 4;
        at += 4;
        if (code == OPTION_END)
            return PCAPNG_OK;
        if (padded > reader->body_bytes - at)
            return fail(reader, PCAPNG_DAMAGED, "an interface's option is longer than its block");
        status = read_option(reader, interface, at, code, bytes);
        at += padded;
    }
    return status;
}

static enum pcapng_status add_interface(struct pcapng_reader *reader,
                                        const struct interface *interface)
{
    if (reader->interface_count == INTERFACES_MAX)
        return fail(reader, PCAPNG_UNSUPPORTED, "more than %u interfaces in one section",
                    INTERFACES_MAX);
    if (reader->interface_count == reader->interface_room) {
        size_t room = reader->interface_room ? 2 * reader->interface_room : 4;
        struct interface *all = reallocarray(reader->interfaces, room, sizeof(*all));
        if (!all)
            return PCAPNG_NO_MEMORY;
        reader->interfaces = all;
        reader->interface_room = room;
    }
    reader->interfaces[reader->interface_count++] = *interface;
    return PCAPNG_OK;
}

static enum pcapng_status read_interface(struct pcapng_reader *reader)
{
    struct interface interface = {.resolution = 6};

    if (reader->body_bytes < 8)
        return fail(reader, PCAPNG_DAMAGED, "an interface description of %u bytes",
                    reader->body_bytes + SHORTEST_BLOCK);
    interface.snaplen_bytes = get32(reader, 4);
    enum pcapng_status status = read_options(reader, &interface, 8);
    if (status != PCAPNG_OK)
        return status;
    interface.link_type = reader->link_type(reader->arg, get16(reader, 0), interface.snaplen_bytes);
    if (interface.link_type == PCAPNG_LINK_NO_MEMORY)
        return PCAPNG_NO_MEMORY;
    if (interface.link_type == PCAPNG_LINK_TOO_MANY)
        return fail(reader, PCAPNG_UNSUPPORTED, "too many different link types");
    return add_interface(reader, &interface);
}

/* --- times --------------------------------------------------------------------------------- */

/* 10^39 is no number of 128 bits; no time of 64 bits reaches a nanosecond in such units. */
static wide power_of_ten(unsigned exponent)
{
    wide power = 1;

    while (exponent-- > 0)
        power *= 10;
    return power;
}

static wide to_ns(uint64_t units, uint8_t resolution)
{
    unsigned exponent = resolution & 0x7f;
    wide ns = (wide)units * (wide)NS_PER_S;

    if (resolution & 0x80)
        return ns >> exponent; /* at most 127 */
    return exponent > 38 ? 0 : ns / power_of_ten(exponent);
}

static int64_t time_ns(const struct interface *interface, uint64_t units)
{
    int64_t earliest_s = PACKET_EARLIEST_TIME_S, latest_s = PACKET_LATEST_TIME_S;

    /* the usual case, without divisions of 128 bits */
    if (interface->resolution == 6 && interface->offset_s == 0 && units < MICROSECONDS_MAX)
        return (int64_t)units * 1000;
    wide ns = to_ns(units, interface->resolution);
    wide whole_s = ns / (wide)NS_PER_S;
    int64_t seconds = whole_s > (wide)INT64_MAX ? INT64_MAX : (int64_t)whole_s;
    if (__builtin_add_overflow(seconds, interface->offset_s, &seconds))
        seconds = INT64_MAX; /* both are above 0: the file's own seconds are never below */
    if (seconds > latest_s)
        seconds = latest_s;
    if (seconds < earliest_s)
        seconds = earliest_s;
    return seconds * NS_PER_S + (int64_t)(ns % (wide)NS_PER_S);
}

/* --- packets ------------------------------------------------------------------------------- */

/* NULL, and the reader has failed as PCAPNG_DAMAGED, if it is not described. */
static const struct interface *find_interface(struct pcapng_reader *reader, uint32_t number)
{
    if (number < reader->interface_count)
        return &reader->interfaces[number];
    fail(reader, PCAPNG_DAMAGED, "a packet of interface %u, and only %zu interfaces are described",
         number, reader->interface_count);
    return NULL;
}

/* The fields of NFLOG are in the byte order of the host that captured; libpcap gives them in ours.
 * Each has its length and its type before its value, and is padded to 4 bytes. */
static void swap_nflog(uint8_t *data, uint32_t bytes)
{
    uint32_t at = 4; /* after the family, the version and the number of the group */

    while (at <= bytes && bytes - at >= 4) {
        uint16_t field[2];
        memcpy(field, data + at, sizeof(field));
        field[0] = __builtin_bswap16(field[0]);
        field[1] = __builtin_bswap16(field[1]);
        memcpy(data + at, field, sizeof(field));
        if (field[0] < 4)
            return;
        at += (field[0] + 3U) / 4 * 4;
    }
}

/* `at`: where the packet's bytes begin in the body. */
static enum pcapng_status take_packet(struct pcapng_reader *reader, struct capture_packet *packet,
                                      const struct interface *interface, uint32_t at)
{
    if (packet->captured_bytes > reader->body_bytes - at)
        return fail(reader, PCAPNG_DAMAGED,
                    "invalid packet capture length %u, in a block with room for %u",
                    packet->captured_bytes, reader->body_bytes - at);
    packet->link_type = interface->link_type;
    packet->data = reader->body + at;
    if (reader->swaps && interface->link_type == DLT_NFLOG)
        swap_nflog(reader->body + at, packet->captured_bytes);
    if (packet->wire_bytes < packet->captured_bytes)
        packet->wire_bytes = packet->captured_bytes;
    reader->last_ns = packet->time_ns;
    return PCAPNG_OK;
}

static enum pcapng_status read_enhanced(struct pcapng_reader *reader, bool is_obsolete,
                                        struct capture_packet *packet)
{
    if (reader->body_bytes < 20)
        return fail(reader, PCAPNG_DAMAGED, "a packet block of %u bytes",
                    reader->body_bytes + SHORTEST_BLOCK);
    const struct interface *interface =
        find_interface(reader, is_obsolete ? get16(reader, 0) : get32(reader, 0));
    if (!interface)
        return PCAPNG_DAMAGED;
    uint64_t units = (uint64_t)get32(reader, 4) << 32 | get32(reader, 8);
    *packet = (struct capture_packet){.time_ns = time_ns(interface, units),
                                      .captured_bytes = get32(reader, 12),
                                      .wire_bytes = get32(reader, 16)};
    return take_packet(reader, packet, interface, 20);
}

/* It belongs to the first interface, whose snapshot length is how many bytes were kept. */
static enum pcapng_status read_simple(struct pcapng_reader *reader, struct capture_packet *packet)
{
    if (reader->body_bytes < 4)
        return fail(reader, PCAPNG_DAMAGED, "a packet block of %u bytes",
                    reader->body_bytes + SHORTEST_BLOCK);
    const struct interface *interface = find_interface(reader, 0);
    if (!interface)
        return PCAPNG_DAMAGED;
    *packet = (struct capture_packet){
        .time_ns = reader->last_ns, .wire_bytes = get32(reader, 0), .has_no_time = true};
    packet->captured_bytes = packet->wire_bytes;
    if (interface->snaplen_bytes > 0 && packet->captured_bytes > interface->snaplen_bytes)
        packet->captured_bytes = interface->snaplen_bytes;
    return take_packet(reader, packet, interface, 4);
}

/* Reads one block; *found: it was a packet. */
static enum pcapng_status read_block(struct pcapng_reader *reader, struct capture_packet *packet,
                                     bool *found)
{
    uint32_t head[2];
    size_t got = fread(head, 1, sizeof(head), reader->stream);

    *found = false;
    if (got == 0 && reader->has_section)
        return PCAPNG_END;
    if (got < sizeof(head))
        return PCAPNG_TRUNCATED;
    if (head[0] == BLOCK_SECTION) /* the same in either byte order */
        return read_section(reader, head[1]);
    if (!reader->has_section)
        return PCAPNG_NOT_PCAPNG;
    uint32_t type = in_order32(reader, head[0]), block_bytes = in_order32(reader, head[1]);
    enum pcapng_status status = check_length(reader, block_bytes);
    if (status != PCAPNG_OK)
        return status;
    *found = type == BLOCK_ENHANCED || type == BLOCK_PACKET || type == BLOCK_SIMPLE;
    if (!*found && type != BLOCK_INTERFACE)
        return skip_body(reader, block_bytes);
    status = read_body(reader, block_bytes, 0);
    if (status != PCAPNG_OK)
        return status;
    if (type == BLOCK_INTERFACE)
        return read_interface(reader);
    return type == BLOCK_SIMPLE ? read_simple(reader, packet)
                                : read_enhanced(reader, type == BLOCK_PACKET, packet);
}

static enum pcapng_status read_packet(struct pcapng_reader *reader, struct capture_packet *packet)
{
    bool found = false;

    while (reader->ended == PCAPNG_OK && !found)
        reader->ended = read_block(reader, packet, &found);
    return reader->ended;
}

struct pcapng_reader *pcapng_reader_new(FILE *stream, pcapng_link_type *link_type, void *arg)
{
    struct pcapng_reader *reader = calloc(1, sizeof(*reader));

    if (!reader)
        return NULL;
    reader->stream = stream;
    reader->link_type = link_type;
    reader->arg = arg;
    return reader;
}

enum pcapng_status pcapng_reader_start(struct pcapng_reader *reader)
{
    enum pcapng_status status = read_packet(reader, &reader->pending);

    reader->has_pending = status == PCAPNG_OK;
    return status;
}

enum pcapng_status pcapng_reader_next(struct pcapng_reader *reader, struct capture_packet *packet)
{
    if (!reader->has_pending)
        return read_packet(reader, packet);
    reader->has_pending = false;
    *packet = reader->pending;
    return PCAPNG_OK;
}

const char *pcapng_reader_text(const struct pcapng_reader *reader)
{
    return reader->text;
}

void pcapng_reader_free(struct pcapng_reader *reader)
{
    if (!reader)
        return;
    free(reader->interfaces);
    free(reader->body);
    free(reader);
}
