#include "sim/config/advise_config.h"

#include <stdio.h>
#include <string.h>

#include "shaper/shaper.h"
#include "sim/base/sim.h"

void advise_config_init(struct advise_config *config)
{
    memset(config, 0, sizeof(*config));
    config->direction = ADVISE_BOTH_DIRECTIONS;
}

static int take_part(const char *what, const char *part, struct advise_config *config, char *error)
{
    static const char group[] = "group=", direction[] = "direction=";
    const char *value = strchr(part, '=');

    if (strncmp(part, group, sizeof(group) - 1) == 0 && value[1] &&
        strlen(value + 1) < GROUP_NAME_BYTES) {
        snprintf(config->group, sizeof(config->group), "%s", value + 1);
        if (strcmp(config->group, GROUP_NAME_ALL) == 0)
            config->group[0] = '\0';
        return SIM_OK;
    }
    for (int d = 0; d < SHAPER_DIRECTIONS && strncmp(part, direction, sizeof(direction) - 1) == 0;
         d++) {
        if (strcmp(value + 1, shaper_direction_name((enum shaper_direction)d)) != 0)
            continue;
        config->direction = d;
        return SIM_OK;
    }
    return sim_fail(error, SIM_MISUSE,
                    "%s %s: is not understood; write group=NAME, direction=read or "
                    "direction=write, or both with a comma between them",
                    what, part);
}

int advise_limit_parse(const char *what, const char *text, struct advise_config *config,
                       char *error)
{
    char part[128];
    int status;

    do {
        size_t length = strcspn(text, ",");
        snprintf(part, sizeof(part), "%.*s", length < sizeof(part) ? (int)length : 127, text);
        status = take_part(what, part, config, error);
        text += length + (text[length] == ',');
    } while (status == SIM_OK && *text);
    return status;
}
