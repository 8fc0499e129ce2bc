#include "sim/config/limits_c.h"

#include <ctype.h>
#include <inttypes.h>

#include "shaper/limit.h"

/* What C does not allow in a name becomes '_'. */
static char c_letter(char letter)
{
    return isalnum((unsigned char)letter) ? letter : '_';
}

static bool are_equal_in_c(const char *a, const char *b)
{
    while (*a && c_letter(*a) == c_letter(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

/* The name of group `index` as a part of a C name; a number follows where it would be that of a
 * group before. */
static void print_c_name(const struct run_config *config, size_t index, FILE *out)
{
    const char *name = config->specs[index].name;
    bool is_taken = false;

    for (size_t i = 0; i < index; i++)
        is_taken |= are_equal_in_c(config->specs[i].name, name);
    for (const char *letter = name; *letter; letter++)
        putc(c_letter(*letter), out);
    if (is_taken)
        fprintf(out, "_%zu", index + 1);
}

/* A rate or a burst as libevent's argument. */
static void print_bytes(int64_t bytes, FILE *out)
{
    if (bytes >= SHAPER_LIMIT_MAX_BYTES)
        fputs("EV_RATE_LIMIT_MAX", out);
    else
        fprintf(out, "%" PRId64, bytes);
}

static void print_cfg(const struct shaper_limit *limit, FILE *out)
{
    fprintf(out,
            "    const struct timeval tick = {%" PRId64 ", %" PRId64 "};\n"
            "    struct ev_token_bucket_cfg *cfg =\n"
            "        ev_token_bucket_cfg_new(",
            limit->tick_ms / 1000, limit->tick_ms % 1000 * 1000);
    for (int d = 0; d < SHAPER_DIRECTIONS; d++) { /* the read rate and burst come first */
        print_bytes(limit->rate_bytes_per_tick[d], out);
        fputs(", ", out);
        print_bytes(limit->burst_bytes[d], out);
        fputs(", ", out);
    }
    fputs("&tick);\n\n", out);
}

static void print_group(const struct run_config *config, size_t index, FILE *out)
{
    const struct group_limits *limits = &config->limits[index];

    fprintf(out,
            "/* Group %s: its connections join with bufferevent_add_to_rate_limit_group(). NULL if "
            "memory runs out. */\n"
            "struct bufferevent_rate_limit_group *new_",
            config->specs[index].name);
    print_c_name(config, index, out);
    fputs("_group(struct event_base *base)\n{\n", out);
    print_cfg(&limits->group, out);
    fprintf(out,
            "    if (!cfg)\n"
            "        return NULL;\n"
            "    struct bufferevent_rate_limit_group *group =\n"
            "        bufferevent_rate_limit_group_new(base, cfg);\n"
            "    ev_token_bucket_cfg_free(cfg); /* the group has a copy */\n"
            "    if (group)\n"
            "        bufferevent_rate_limit_group_set_min_share(group, %" PRId64 ");\n"
            "    return group;\n"
            "}\n",
            limits->min_share_bytes);
}

static void print_per_flow(const struct run_config *config, size_t index, FILE *out)
{
    fprintf(out,
            "/* Each connection of group %s: give it to bufferevent_set_rate_limit(), and free it "
            "after the last\n"
            " * connection that has it, as libevent keeps no copy. NULL if memory runs out. */\n"
            "struct ev_token_bucket_cfg *new_",
            config->specs[index].name);
    print_c_name(config, index, out);
    fputs("_connection_cfg(void)\n{\n", out);
    print_cfg(&config->limits[index].per_flow, out);
    fputs("    return cfg;\n}\n", out);
}

/* What of the settings libevent itself cannot do. */
static void print_what_is_missing(const struct run_config *config, FILE *out)
{
    bool has_parents = false, has_limits = false;

    for (size_t i = 0; i < config->groups; i++) {
        has_parents |= config->specs[i].parent[0] != '\0';
        has_limits |= config->limits[i].has_group || config->limits[i].has_per_flow;
    }
    if (config->scheduling.scheduler != SHAPER_SCHEDULER_LIBEVENT)
        fputs("/* The scheduler is not libevent's: libshaper has it. */\n", out);
    if (has_parents)
        fputs("/* libevent has no groups within groups: libshaper has them. */\n", out);
    if (!has_limits)
        fputs("/* No limit of libevent's was set. */\n", out);
}

void limits_c_print(const struct run_config *config, FILE *out)
{
    fputs("#include <event2/bufferevent.h>\n#include <event2/event.h>\n#include <sys/time.h>\n\n",
          out);
    print_what_is_missing(config, out);
    for (size_t i = 0; i < config->groups; i++) {
        if (i > 0)
            putc('\n', out);
        if (config->limits[i].has_group)
            print_group(config, i, out);
        if (config->limits[i].has_group && config->limits[i].has_per_flow)
            putc('\n', out);
        if (config->limits[i].has_per_flow)
            print_per_flow(config, i, out);
    }
}
