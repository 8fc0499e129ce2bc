/* The windows of fairness: those that users ask for by their length (--fairness-window 300ms), and
 * the one by which runs are judged and compared. */
#ifndef SHAPESIM_SIM_CONFIG_NAMED_WINDOWS_H
#define SHAPESIM_SIM_CONFIG_NAMED_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

/* The time by which runs are judged and settings compared where nobody says otherwise. */
#define WINDOW_DEFAULT_US INT64_C(100000)

#define NAMED_WINDOWS_MAX   8
#define NAMED_WINDOW_MAX_US (INT64_C(366) * 24 * 3600 * 1000000)

/* Embedded by value; zeroed is none. */
struct named_windows {
    size_t count;
    int64_t us[NAMED_WINDOWS_MAX]; /* as typed, each above 0 */
};

/* Reads a time and appends it. SIM_OK or SIM_MISUSE; `what` names the option in the error. */
int named_windows_add(struct named_windows *windows, const char *what, const char *value,
                      char *error);

#endif
