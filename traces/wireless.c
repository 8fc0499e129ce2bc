#include "traces/wireless.h"

enum {
    RADIOTAP_BYTES_MIN = 8,
    RADIOTAP_HAS_TIME = 1 << 0,  /* the first field, 8 bytes */
    RADIOTAP_HAS_FLAGS = 1 << 1, /* the next, 1 byte */
    RADIOTAP_PADS_HEADER = 0x20, /* of these flags: the 802.11 header fills whole words */

    /* The two bytes of frame control. */
    CONTROL_VERSION = 0x03,
    CONTROL_TYPE = 0x0c,
    CONTROL_TYPE_DATA = 0x08,
    CONTROL_NO_DATA = 0x40, /* of a data frame's subtype */
    CONTROL_QOS = 0x80,     /* likewise */
    FLAG_TO_DS = 0x01,
    FLAG_FROM_DS = 0x02,
    FLAG_PROTECTED = 0x40,
    FLAG_ORDER = 0x80, /* of a QoS frame: HT Control is there */

    HEADER_BYTES = 24,
    FRAGMENT_OFFSET = 22, /* of the fragment's number, four bits */
    FOURTH_ADDRESS_BYTES = 6,
    QOS_BYTES = 2,
    QOS_AGGREGATED = 0x80,
    HT_CONTROL_BYTES = 4,
};

static uint32_t le16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

/* Whether the flags of a radiotap header of that length say that the 802.11 header is padded.
 * Fields are aligned to their size; the words that say which are there go on while their highest
 * bit is set. */
static bool pads_header(const uint8_t *radiotap, uint32_t bytes)
{
    uint32_t at = 4;

    while (at + 4 <= bytes && radiotap[at + 3] & 0x80)
        at += 4;
    at += 4;
    if (!(radiotap[4] & RADIOTAP_HAS_FLAGS))
        return false;
    if (radiotap[4] & RADIOTAP_HAS_TIME)
        at = (at + 7) / 8 * 8 + 8;
    return at < bytes && radiotap[at] & RADIOTAP_PADS_HEADER;
}

static enum skip_reason skip_radiotap(struct view *view, bool *is_padded)
{
    if (view->captured < RADIOTAP_BYTES_MIN)
        return SKIP_CUT;
    uint32_t bytes = le16(view->data + 2);
    if (view->data[0] != 0 || bytes < RADIOTAP_BYTES_MIN)
        return SKIP_MALFORMED;
    if (view->captured < bytes)
        return SKIP_CUT;
    *is_padded = pads_header(view->data, bytes);
    view_skip(view, bytes);
    return SKIP_NONE;
}

/* What the frame's control says: whether it can carry a packet that can be read. */
static enum skip_reason check_control(uint8_t control, uint8_t flags)
{
    if ((control & CONTROL_VERSION) != 0)
        return SKIP_MALFORMED;
    if ((control & CONTROL_TYPE) != CONTROL_TYPE_DATA || control & CONTROL_NO_DATA)
        return SKIP_NOT_IP;
    return flags & FLAG_PROTECTED ? SKIP_ENCRYPTED : SKIP_NONE;
}

static enum skip_reason skip_data_header(struct view *view, bool is_padded)
{
    uint8_t control = view->data[0], flags = view->data[1];
    uint32_t bytes = HEADER_BYTES;

    if ((flags & FLAG_TO_DS) && (flags & FLAG_FROM_DS))
        bytes += FOURTH_ADDRESS_BYTES;
    uint32_t qos_offset = bytes;
    if (control & CONTROL_QOS)
        bytes += QOS_BYTES + (flags & FLAG_ORDER ? (uint32_t)HT_CONTROL_BYTES : 0U);
    if (is_padded)
        bytes = (bytes + 3) / 4 * 4;
    if (view->captured < bytes)
        return SKIP_CUT;
    if ((view->data[FRAGMENT_OFFSET] & 0x0f) != 0)
        return SKIP_LINK_FRAGMENT;
    if (control & CONTROL_QOS && view->data[qos_offset] & QOS_AGGREGATED)
        return SKIP_AGGREGATED;
    view_skip(view, bytes);
    return SKIP_NONE;
}

enum skip_reason wireless_skip(struct view *view, bool has_radiotap)
{
    bool is_padded = false;
    enum skip_reason reason = SKIP_NONE;

    if (has_radiotap)
        reason = skip_radiotap(view, &is_padded);
    if (reason == SKIP_NONE && view->captured < 2)
        reason = SKIP_CUT;
    if (reason == SKIP_NONE)
        reason = check_control(view->data[0], view->data[1]);
    return reason == SKIP_NONE ? skip_data_header(view, is_padded) : reason;
}
