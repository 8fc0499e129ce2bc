#include "sim/verify/endpoints.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

bool endpoint_is_protocol(const char *text)
{
    static const char *const names[] = {"icmp", "tcp", "udp", "icmpv6", "sctp"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(text, names[i]) == 0)
            return true;
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && text[digits] == '\0' && digits <= 3 && strtol(text, NULL, 10) <= 255;
}

uint8_t endpoint_address(const char *text, uint8_t *address)
{
    if (inet_pton(AF_INET, text, address) == 1)
        return 4;
    return inet_pton(AF_INET6, text, address) == 1 ? 6 : 0;
}
