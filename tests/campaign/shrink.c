#include "tests/campaign/shrink.h"

struct shrinking {
    const struct bench *bench;
    struct setting *setting;
    struct packet_list *packets;
    struct verdict *verdict;
    int tries;
};

/* Keeps what fails in the same way. */
static bool try_it(struct shrinking *shrinking, const struct setting *setting,
                   const struct packet_list *packets)
{
    struct verdict verdict;

    shrinking->tries--;
    property_check(shrinking->bench, setting, packets, PROPERTY_BIT(shrinking->verdict->property),
                   &verdict);
    if (!verdict.failed || verdict.property != shrinking->verdict->property)
        return false;
    *shrinking->setting = *setting;
    *shrinking->packets = *packets;
    *shrinking->verdict = verdict;
    return true;
}

/* Each way in turn, the same one again while it helps; true: any did. */
static bool shrink_packets(struct shrinking *shrinking)
{
    static struct packet_list smaller;
    bool any = false;

    for (size_t step = 0; shrinking->tries > 0; step++) {
        if (!packet_list_shrink(shrinking->packets, step, &smaller))
            break;
        while (smaller.count > 0 && shrinking->tries > 0 &&
               !packet_list_equal(&smaller, shrinking->packets) &&
               try_it(shrinking, shrinking->setting, &smaller)) {
            any = true;
            if (!packet_list_shrink(shrinking->packets, step, &smaller))
                break;
        }
    }
    return any;
}

static bool shrink_setting(struct shrinking *shrinking)
{
    static struct setting smaller;
    bool any = false;

    for (size_t step = 0; shrinking->tries > 0; step++) {
        if (!setting_shrink(shrinking->setting, step, &smaller))
            break;
        while (shrinking->tries > 0 && !setting_equal(&smaller, shrinking->setting) &&
               try_it(shrinking, &smaller, shrinking->packets)) {
            any = true;
            if (!setting_shrink(shrinking->setting, step, &smaller))
                break;
        }
    }
    return any;
}

void shrink(const struct bench *bench, struct setting *setting, struct packet_list *packets,
            int tries, struct verdict *verdict)
{
    struct shrinking shrinking = {
        .bench = bench, .setting = setting, .packets = packets, .verdict = verdict, .tries = tries};
    bool any = true;

    while (any && shrinking.tries > 0) {
        any = shrink_packets(&shrinking);
        any = shrink_setting(&shrinking) || any;
    }
}
