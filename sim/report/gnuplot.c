#include "sim/report/gnuplot.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/base/process.h"
#include "sim/base/version.h"

#define SAID_BYTES    512
#define LEAST_COLUMNS 60 /* no key is wider, but for long names and addresses */
#define NAME          "gnuplot "
#define INSTALL       "install gnuplot 5.4 or later (Debian: apt-get install gnuplot-nox)"

/* Whether the scripts are in `folder`, relative to the program: `path`, of PATH_MAX bytes, is then
 * set to it. */
static bool has_scripts(const char *folder, char *path)
{
    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX - 1);
    char style[PATH_MAX];

    if (length <= 0)
        return false;
    path[length] = '\0';
    size_t used = (size_t)(strrchr(path, '/') + 1 - path); /* the kernel's paths begin with / */
    if (snprintf(path + used, PATH_MAX - used, "%s", folder) >= (int)(PATH_MAX - used) ||
        snprintf(style, sizeof(style), "%s/style.gp", path) >= (int)sizeof(style))
        return false;
    return access(style, R_OK) == 0;
}

const char *gnuplot_scripts(void)
{
    static char beside[PATH_MAX];
    const char *given = getenv("SHAPESIM_PLOTS");

    if (given && *given)
        return given;
    if (has_scripts(SHAPESIM_PLOTS_FROM_PROGRAM, beside) || has_scripts("plots", beside))
        return beside;
    return SHAPESIM_INSTALLED_PLOTS;
}

/* In the child: becomes gnuplot, or ends with 127. */
static void become_gnuplot(char *const *arguments, int said, int said_for)
{
    process_restore_signals(); /* gnuplot checks few of its writes */
    /* In the bare C locale gnuplot warns of characters outside ASCII. */
    setenv("LC_ALL", "C.UTF-8", 1);
    /* Figures carry no date, so that two of the same run are identical. */
    setenv("SOURCE_DATE_EPOCH", "0", 1);
    if (dup2(said, said_for) >= 0 && (said_for == STDERR_FILENO || close(STDERR_FILENO) == 0))
        execvp("gnuplot", arguments);
    _exit(127);
}

/* Reads everything, keeps what fits. */
static void listen(int from, char *said, size_t room)
{
    char rest[256];
    size_t used = 0;
    ssize_t got;

    while ((got = used + 1 < room ? read(from, said + used, room - 1 - used)
                                  : read(from, rest, sizeof(rest))) != 0) {
        if (got < 0 && errno != EINTR)
            break;
        if (got > 0 && used + 1 < room)
            used += (size_t)got;
    }
    said[used] = '\0';
}

/* Removes lines that do not concern the figure: without a writable home there is no font cache. */
static void leave_out_harmless(char *said)
{
    static const char *const harmless = "Fontconfig error: No writable cache directories";
    char *to = said;

    for (char *line = said, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end == '\n';
        if (strncmp(line, harmless, strlen(harmless)) == 0)
            continue;
        memmove(to, line, (size_t)(end - line));
        to += end - line;
    }
    *to = '\0';
}

/* Runs gnuplot and waits for it; `said` receives what it writes to `said_for`. Returns its exit
 * status, or -1 if it cannot be run. */
static int run_gnuplot(char *const *arguments, int said_for, char *said, size_t room)
{
    int ends[2], status;

    said[0] = '\0';
    fflush(stdout);
    if (pipe(ends) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        become_gnuplot(arguments, ends[1], said_for);
    }
    close(ends[1]);
    process_own_child(child > 0 ? child : 0);
    if (child > 0)
        listen(ends[0], said, room);
    close(ends[0]);
    /* Until it is reaped, its process number is not reused. */
    siginfo_t unused;
    while (child > 0 && waitid(P_PID, (id_t)child, &unused, WEXITED | WNOWAIT) < 0)
        if (errno != EINTR)
            break;
    process_own_child(0);
    if (child < 0 || waitpid(child, &status, 0) < 0)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int gnuplot_check(char *version, char *error)
{
    char program[] = "gnuplot", flag[] = "--version";
    char *const arguments[] = {program, flag, NULL};
    char said[SAID_BYTES], path[PATH_MAX + 16];
    int status = run_gnuplot(arguments, STDOUT_FILENO, said, sizeof(said));
    if (status == 127 || status < 0)
        return sim_fail(error, SIM_FAILED, "report: gnuplot cannot be run; " INSTALL);
    const char *number = strncmp(said, NAME, strlen(NAME)) == 0 ? said + strlen(NAME) : "";
    char *after;
    int major = (int)strtol(number, &after, 10);
    int minor = *after == '.' ? (int)strtol(after + 1, NULL, 10) : -1;
    if (minor < 0)
        return sim_fail(error, SIM_FAILED, "report: gnuplot does not tell its version; " INSTALL);
    if (major * 1000 + minor < 5004)
        return sim_fail(error, SIM_FAILED, "report: gnuplot %d.%d is too old; " INSTALL, major,
                        minor);
    snprintf(version, 32, "%d.%d", major, minor);
    snprintf(path, sizeof(path), "%s/style.gp", gnuplot_scripts());
    if (access(path, R_OK) != 0)
        return sim_fail(error, SIM_FAILED,
                        "report: %s cannot be read (%s); set SHAPESIM_PLOTS to the folder plots of "
                        "shapesim's sources",
                        path, strerror(errno));
    return SIM_OK;
}

/* A path in a form that gnuplot reads neither as a command for a shell ("<ls", "|sh") nor as a home
 * directory ("~"). Owned by the caller. */
static char *plain_path(const char *path)
{
    char *plain;
    bool is_plain = *path == '/' || strcmp(path, "-") == 0;

    return asprintf(&plain, "%s%s", is_plain ? "" : "./", path) < 0 ? NULL : plain;
}

static void put_on_a_line(char *said)
{
    for (char *at = said; *at; at++)
        if (*at == '\n')
            *at = ' ';
}

static int draw(char *const *arguments, const char *what, char *said, char *error)
{
    int result = run_gnuplot(arguments, STDERR_FILENO, said, SAID_BYTES);

    leave_out_harmless(said);
    put_on_a_line(said);
    if (result == 0 && !*said)
        return SIM_OK;
    return sim_fail(error, SIM_FAILED, "%s: gnuplot failed (%d): %s", what, result,
                    *said ? said : "it said nothing");
}

/* A copy that an argument list can hold. Owned by the caller. */
#define COPY(text) strdup(text)

int gnuplot_draw(const struct gnuplot_figures *figures, char *error)
{
    char said[SAID_BYTES], settings[64], *script = NULL;
    int status = SIM_FAILED;

    snprintf(settings, sizeof(settings), "report_width_mm = %d.0; report_untitled = %d",
             figures->width_mm, figures->is_untitled);
    if (asprintf(&script, "%s/report.gp", gnuplot_scripts()) < 0)
        script = NULL;
    char *words[] = {COPY("gnuplot"),
                     COPY("-d"),
                     COPY("-e"),
                     COPY(settings),
                     COPY("-c"),
                     script,
                     plain_path(figures->directory),
                     plain_path(figures->out_directory),
                     COPY(figures->formats),
                     COPY(figures->names),
                     plain_path(figures->data_directory),
                     COPY(figures->thinned),
                     NULL};
    size_t count = sizeof(words) / sizeof(words[0]) - 1, held = 0;

    while (held < count && words[held])
        held++;
    if (held == count)
        status = draw(words, "figures", said, error);
    else
        sim_fail(error, SIM_FAILED, "figures: out of memory");
    for (size_t i = 0; i < count; i++)
        free(words[i]);
    return status;
}

int gnuplot_print(const char *name, const char *directory, int columns, bool *is_empty, char *error)
{
    static const char empty[] = ": nothing to draw in ";
    char program[] = "gnuplot", defaults[] = "-d", set_flag[] = "-e", script_flag[] = "-c",
         out[] = "-", width[40], said[SAID_BYTES];
    char *script = NULL, *plain = plain_path(directory);
    int status = SIM_FAILED;

    *is_empty = false;
    snprintf(width, sizeof(width), "report_columns = %d",
             columns < LEAST_COLUMNS ? LEAST_COLUMNS : columns);
    if (asprintf(&script, "%s/%s.gp", gnuplot_scripts(), name) < 0)
        script = NULL;
    if (!script || !plain) {
        sim_fail(error, SIM_FAILED, "figure %s: out of memory", name);
    } else {
        char *const words[] = {program, defaults, set_flag, width, script_flag,
                               script,  plain,    out,      NULL};
        status = draw(words, name, said, error);
        const char *why = status == SIM_OK ? NULL : strstr(said, empty);
        *is_empty = why != NULL;
        if (why)
            sim_fail(error, SIM_FAILED, "figure %s%.400s", name, why);
    }
    free(script);
    free(plain);
    return status;
}
