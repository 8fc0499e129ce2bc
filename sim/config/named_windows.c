#include "sim/config/named_windows.h"

#include "sim/base/units.h"

int named_windows_add(struct named_windows *windows, const char *what, const char *value,
                      char *error)
{
    int64_t us;

    if (windows->count == NAMED_WINDOWS_MAX)
        return sim_fail(error, SIM_MISUSE, "%s %s: more than %d windows; leave some out", what,
                        value, NAMED_WINDOWS_MAX);
    int status = unit_time_us(what, value, &us, error);
    if (status == SIM_OK && (us < 1 || us > NAMED_WINDOW_MAX_US))
        return sim_fail(error, SIM_MISUSE, "%s %s: must be above 0 and at most 366 days (8784h)",
                        what, value);
    if (status == SIM_OK)
        windows->us[windows->count++] = us;
    return status;
}
