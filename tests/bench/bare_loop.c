/*
 * The lower bound for reading a trace: libpcap returns each packet, its headers are parsed, and its
 * flow is looked up in a table by protocol, addresses and ports. Nothing else is done. The
 * benchmark measures the replay against this.
 *
 *     usage: bare_loop TRACE          prints packets, flows, and bytes as they were on the wire
 *
 * Ethernet with IPv4 or IPv6 and no options before the ports; other packets are only counted.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>
#include <xxhash.h>

#define ETHERNET_BYTES     14
#define IPV6_BYTES         40
#define FIRST_TABLE_PLACES 1024

struct flow_key {
    uint8_t addresses[2][16]; /* the smaller end first, so that both directions are one flow */
    uint8_t ports[2][2];
    uint8_t protocol;
    uint8_t version; /* 0: an empty place */
    uint8_t zero[2];
};

struct flow {
    struct flow_key key;
    uint64_t packets;
    uint64_t bytes;
};

/* Open addressing; at most half full. */
struct table {
    struct flow *places;
    size_t mask;
    size_t count;
};

static struct flow *find_place(const struct table *table, const struct flow_key *key)
{
    size_t at = (size_t)XXH3_64bits(key, sizeof(*key)) & table->mask;

    while (table->places[at].key.version != 0 &&
           memcmp(&table->places[at].key, key, sizeof(*key)) != 0)
        at = (at + 1) & table->mask;
    return &table->places[at];
}

static bool make_table(struct table *table, size_t places)
{
    table->places = calloc(places, sizeof(*table->places));
    table->mask = places - 1;
    return table->places != NULL;
}

static bool grow(struct table *table)
{
    struct table larger = {.count = table->count};

    if (!make_table(&larger, 2 * (table->mask + 1)))
        return false;
    for (size_t i = 0; i <= table->mask; i++)
        if (table->places[i].key.version != 0)
            *find_place(&larger, &table->places[i].key) = table->places[i];
    free(table->places);
    *table = larger;
    return true;
}

static void set_ends(struct flow_key *key, const uint8_t *source, const uint8_t *target,
                     size_t address_bytes, const uint8_t *ports)
{
    int order = memcmp(source, target, address_bytes);
    int first = order != 0 ? order > 0 : memcmp(ports, ports + 2, 2) > 0;

    memcpy(key->addresses[first], source, address_bytes);
    memcpy(key->addresses[!first], target, address_bytes);
    memcpy(key->ports[first], ports, 2);
    memcpy(key->ports[!first], ports + 2, 2);
}

static bool parse(const struct pcap_pkthdr *header, const uint8_t *data, struct flow_key *key)
{
    const uint8_t *ip = data + ETHERNET_BYTES;

    memset(key, 0, sizeof(*key));
    if (header->caplen < ETHERNET_BYTES + 20)
        return false;
    key->version = ip[0] >> 4;
    if (data[12] == 0x08 && data[13] == 0x00 && key->version == 4) {
        size_t ip_bytes = (size_t)(ip[0] & 15) * 4;
        if (header->caplen < ETHERNET_BYTES + ip_bytes + 4)
            return false;
        key->protocol = ip[9];
        set_ends(key, ip + 12, ip + 16, 4, ip + ip_bytes);
        return true;
    }
    if (data[12] == 0x86 && data[13] == 0xdd && key->version == 6 &&
        header->caplen >= ETHERNET_BYTES + IPV6_BYTES + 4) {
        key->protocol = ip[6];
        set_ends(key, ip + 8, ip + 24, 16, ip + IPV6_BYTES);
        return true;
    }
    return false;
}

static bool count(struct table *table, const struct flow_key *key, uint32_t bytes)
{
    struct flow *flow = find_place(table, key);

    flow->packets++;
    flow->bytes += bytes;
    if (flow->key.version != 0)
        return true;
    flow->key = *key;
    return 2 * ++table->count <= table->mask || grow(table);
}

static int read_all(pcap_t *pcap, struct table *table)
{
    struct pcap_pkthdr *header;
    const uint8_t *data;
    uint64_t packets = 0, bytes = 0;
    int status;

    while ((status = pcap_next_ex(pcap, &header, &data)) == 1) {
        struct flow_key key;
        packets++;
        bytes += header->len;
        if (parse(header, data, &key) && !count(table, &key, header->len)) {
            fprintf(stderr, "bare_loop: out of memory\n");
            return 1;
        }
    }
    if (status == PCAP_ERROR) {
        fprintf(stderr, "bare_loop: %s\n", pcap_geterr(pcap));
        return 1;
    }
    printf("%llu %zu %llu\n", (unsigned long long)packets, table->count, (unsigned long long)bytes);
    return 0;
}

int main(int argc, char **argv)
{
    char error[PCAP_ERRBUF_SIZE];
    struct table table = {0};

    if (argc != 2) {
        fprintf(stderr, "usage: bare_loop TRACE\n");
        return 2;
    }
    pcap_t *pcap = pcap_open_offline(argv[1], error);
    if (!pcap || !make_table(&table, FIRST_TABLE_PLACES)) {
        fprintf(stderr, "bare_loop: %s\n", pcap ? "out of memory" : error);
        return 1;
    }
    int status = read_all(pcap, &table);
    pcap_close(pcap);
    free(table.places);
    return status;
}
