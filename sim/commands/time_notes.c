#include "sim/commands/time_notes.h"

#include <inttypes.h>
#include <stdio.h>

#define FILE_TEXT_BYTES 200

/* " of FILE", if there are several. */
static void print_file(const struct capture *capture, uint32_t file, char text[FILE_TEXT_BYTES])
{
    text[0] = '\0';
    if (capture_files(capture) > 1)
        snprintf(text, FILE_TEXT_BYTES, " of %s", capture_file_path(capture, file));
}

static void print_rogues(const struct capture *capture, const struct packet_times *times,
                         char text[TIME_NOTE_BYTES])
{
    char file[FILE_TEXT_BYTES], more[80] = "";

    if (times->rogues == 0)
        return;
    print_file(capture, times->rogue_file, file);
    if (times->rogues > 1)
        snprintf(more, sizeof(more), ", and %" PRIu64 " more packets are out of line",
                 times->rogues - 1);
    snprintf(text, TIME_NOTE_BYTES,
             "packet %" PRIu64 "%s is out of line by %.6f s, which later packets take back: it has "
             "the time of its neighbour%s",
             times->rogue_packet, file, (double)times->rogue_ns / 1e9, more);
}

static void print_steps(const struct capture *capture, const struct packet_times *times,
                        char text[TIME_NOTE_BYTES])
{
    char file[FILE_TEXT_BYTES], more[80] = "";

    if (times->steps == 0)
        return;
    print_file(capture, times->step_file, file);
    if (times->steps > 1)
        snprintf(more, sizeof(more), "; %" PRIu64 " more such steps", times->steps - 1);
    if (times->step_ns < 0)
        snprintf(text, TIME_NOTE_BYTES,
                 "the clock is set back by %.6f s at packet %" PRIu64 "%s, and later packets stay "
                 "there: time continues without a gap%s",
                 (double)-times->step_ns / 1e9, times->step_packet, file, more);
    else
        snprintf(text, TIME_NOTE_BYTES,
                 "time steps ahead by %.6f s at packet %" PRIu64
                 "%s, and later packets stay there: "
                 "a silence, or the clock was set; --max-gap 10s shortens it%s",
                 (double)times->step_ns / 1e9, times->step_packet, file, more);
}

bool time_note(const struct capture *capture, const struct packet_times *times, int note,
               char text[TIME_NOTE_BYTES])
{
    text[0] = '\0';
    switch (note) {
    case 0:
        print_rogues(capture, times, text);
        return true;
    case 1:
        print_steps(capture, times, text);
        return true;
    case 2:
        if (times->untimed > 0)
            snprintf(text, TIME_NOTE_BYTES,
                     "%" PRIu64 " packets have no time (Simple Packet Blocks): each has that of "
                     "the packet before it",
                     times->untimed);
        return true;
    default:
        return false;
    }
}
